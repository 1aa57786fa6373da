package io.trunkline.gateway;

import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.BusMessage.CheckSessions;
import io.trunkline.protocol.BusMessage.SessionStates;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import java.util.ArrayList;
import java.util.List;

/**
 * When a session's time is up, asks whether it has been renewed since, by another connection for
 * instance. Those that are up at the same moment are asked for together. No answer means no: a gate
 * that can't ask stays shut.
 *
 * <p>Confined to its event loop.
 */
final class SessionChecks {
  /** A connection whose answer is still out is looked at again after this. */
  static final long RECHECK_MILLIS = 1000;

  private static final DeliveryOptions OPTIONS =
      new DeliveryOptions().setSendTimeout(RECHECK_MILLIS);

  private final Vertx vertx;
  private List<Connection> waiting = new ArrayList<>();

  SessionChecks(Vertx vertx) {
    this.vertx = vertx;
  }

  void recheck(Connection connection) {
    if (waiting.isEmpty()) {
      vertx.runOnContext(ignored -> ask());
    }
    waiting.add(connection);
  }

  private void ask() {
    List<Connection> batch = waiting;
    waiting = new ArrayList<>();
    CheckSessions question = new CheckSessions(batch.stream().map(Connection::session).toList());
    vertx
        .eventBus()
        .<BusMessage>request(Addresses.SESSIONS, question, OPTIONS)
        .map(answer -> ((SessionStates) answer.body()).expiresAt())
        .otherwise(e -> List.of())
        .onSuccess(states -> tell(batch, states));
  }

  private static void tell(List<Connection> batch, List<Long> states) {
    for (int i = 0; i < batch.size(); i++) {
      batch.get(i).expire(i < states.size() ? states.get(i) : 0);
    }
  }
}
