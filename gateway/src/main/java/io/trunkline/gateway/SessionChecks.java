package io.trunkline.gateway;

import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage.CheckSessions;
import io.trunkline.protocol.BusMessage.SessionStates;
import io.trunkline.protocol.CloseCode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * When a session's time is up, asks whether it has been renewed since, by another connection for
 * instance. Those that are up at the same moment are asked for together. Without an answer nobody
 * stays in, but is told to come again rather than that the session has ended.
 *
 * <p>Confined to its event loop.
 */
final class SessionChecks {
  /** A connection whose answer is still out is looked at again after this. */
  static final long RECHECK_MILLIS = 1000;

  /** Sessions of one question. */
  private static final int MAX_BATCH = 1000;

  private final Vertx vertx;
  private final Questions questions;
  private List<Connection> waiting = new ArrayList<>();

  SessionChecks(Vertx vertx, Questions questions) {
    this.vertx = vertx;
    this.questions = questions;
  }

  void recheck(Connection connection) {
    if (waiting.isEmpty()) {
      vertx.runOnContext(ignored -> ask());
    }
    waiting.add(connection);
  }

  /**
   * Sessions may have ended without a word reaching us, since a session service did not know of us
   * for a while: asks until there is an answer.
   */
  void verify(Collection<Connection> connections) {
    List<Connection> batch = new ArrayList<>();
    for (Connection connection : connections) {
      if (connection.hasSession()) {
        batch.add(connection);
      }
      if (batch.size() == MAX_BATCH) {
        verifyUntilTold(batch);
        batch = new ArrayList<>();
      }
    }
    if (!batch.isEmpty()) {
      verifyUntilTold(batch);
    }
  }

  private void verifyUntilTold(List<Connection> batch) {
    batch.removeIf(connection -> !connection.isOpen());
    List<String> sessions = sessionsOf(batch);
    states(sessions)
        .onSuccess(states -> tell(batch, sessions, states))
        .onFailure(e -> vertx.setTimer(RECHECK_MILLIS, id -> verifyUntilTold(batch)));
  }

  private void ask() {
    List<Connection> batch = waiting;
    waiting = new ArrayList<>();
    List<String> sessions = sessionsOf(batch);
    states(sessions)
        .onSuccess(states -> tell(batch, sessions, states))
        .onFailure(e -> sendAway(batch, sessions));
  }

  private static List<String> sessionsOf(List<Connection> batch) {
    return batch.stream().map(Connection::session).toList();
  }

  private Future<List<Long>> states(List<String> sessions) {
    return questions
        .ask(Addresses.SESSIONS, new CheckSessions(sessions), RECHECK_MILLIS)
        .map(answer -> ((SessionStates) answer).expiresAt());
  }

  private static void tell(List<Connection> batch, List<String> sessions, List<Long> states) {
    for (int i = 0; i < batch.size(); i++) {
      if (stillHas(batch.get(i), sessions.get(i))) {
        batch.get(i).expire(states.get(i));
      }
    }
  }

  private static void sendAway(List<Connection> batch, List<String> sessions) {
    for (int i = 0; i < batch.size(); i++) {
      if (stillHas(batch.get(i), sessions.get(i))) {
        batch.get(i).close(CloseCode.OVERLOADED);
      }
    }
  }

  /** A connection that was given another session meanwhile was not asked for. */
  private static boolean stillHas(Connection connection, String session) {
    return session.equals(connection.session());
  }
}
