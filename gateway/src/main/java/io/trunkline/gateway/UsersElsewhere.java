package io.trunkline.gateway;

import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.BusMessage.Connections;
import io.trunkline.protocol.BusMessage.CountConnections;
import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.Directive;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import java.util.List;

/**
 * Connections of a user on the other gateways, asked when the user comes and has any. A gateway
 * that does not answer counts as none: it is gone or going, and the connections that it had must
 * not keep their user out. So is one that the session services do not know of yet: of several
 * connections that come at the same moment some too many may get in, on each gateway at most as
 * many as a user may have. Keeps nothing. Any thread.
 */
final class UsersElsewhere {
  /** Some hundred times what it takes; whoever logs in waits for it. */
  private static final DeliveryOptions OPTIONS = new DeliveryOptions().setSendTimeout(400);

  private final Vertx vertx;

  UsersElsewhere(Vertx vertx) {
    this.vertx = vertx;
  }

  /** Whose connection this answer makes it; null where it says nothing of that. */
  static String userOf(Reply answer) {
    for (Directive directive : answer.directives()) {
      if (directive instanceof Directive.Identify identify) {
        return identify.user();
      }
    }
    return null;
  }

  /** The answer without what {@link #count} has used up. */
  static Reply counted(Reply answer) {
    return new Reply(
        answer.frame(),
        answer.directives().stream()
            .filter(directive -> !(directive instanceof Directive.Elsewhere))
            .toList());
  }

  /** How many connections {@code user} has where the answer says that there may be some. */
  Future<Integer> count(String user, Reply answer) {
    List<Future<Integer>> counts =
        answer.directives().stream()
            .filter(Directive.Elsewhere.class::isInstance)
            .flatMap(directive -> ((Directive.Elsewhere) directive).gateways().stream())
            .map(gateway -> ask(gateway, user))
            .toList();
    return counts.isEmpty()
        ? Future.succeededFuture(0)
        : Future.all(counts).map(all -> counts.stream().mapToInt(Future::result).sum());
  }

  private Future<Integer> ask(String gateway, String user) {
    return vertx
        .eventBus()
        .<BusMessage>request(Addresses.gateway(gateway), new CountConnections(user), OPTIONS)
        .map(answer -> answer.body() instanceof Connections c ? c.count() : 0)
        .otherwise(0);
  }
}
