package io.trunkline.demo;

import io.trunkline.node.Node;
import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.BusMessage.CreateSession;
import io.trunkline.protocol.BusMessage.FindSession;
import io.trunkline.protocol.BusMessage.Refused;
import io.trunkline.protocol.BusMessage.SessionInfo;
import io.trunkline.protocol.Refusal;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import java.time.Duration;

/** New sessions for whoever asks, as an application's login would have them made. */
final class Logins {
  /** Within what the protocol allows for {@code unavailable}. */
  private static final Duration TIMEOUT = Duration.ofMillis(4_500);

  /** While the cluster forms, a first question may find nobody. */
  private static final Duration WARM_UP_TIMEOUT = Duration.ofMillis(500);

  /** A moment on an idle machine; on a busy one the pools take their time to connect. */
  private static final Duration WARM_UP_LIMIT = Duration.ofSeconds(60);

  private static final Duration WARM_UP_PAUSE = Duration.ofMillis(100);

  private Logins() {}

  /** The id of a new session of {@code user}; fails with a {@link Refusal}. */
  static Future<String> create(Vertx vertx, String user) {
    return ask(vertx, new CreateSession(user, 0), TIMEOUT)
        .compose(
            answer ->
                answer instanceof SessionInfo info
                    ? Future.succeededFuture(info.id())
                    : Future.failedFuture(refusal(answer)));
  }

  /** Done when a question from {@code node} has gone all the way to the database and back. */
  static Future<Void> warmUp(Node node) {
    return warmUp(node.vertx(), System.nanoTime() + WARM_UP_LIMIT.toNanos());
  }

  private static Future<Void> warmUp(Vertx vertx, long deadline) {
    return ask(vertx, new FindSession("warm-up"), WARM_UP_TIMEOUT)
        .compose(
            answer ->
                answer instanceof SessionInfo
                    ? Future.<Void>succeededFuture()
                    : Future.failedFuture(refusal(answer)))
        .recover(
            failure ->
                System.nanoTime() - deadline > 0
                    ? Future.failedFuture(failure)
                    : vertx
                        .timer(WARM_UP_PAUSE.toMillis())
                        .compose(waited -> warmUp(vertx, deadline)));
  }

  private static Future<BusMessage> ask(Vertx vertx, BusMessage question, Duration timeout) {
    DeliveryOptions options = new DeliveryOptions().setSendTimeout(timeout.toMillis());
    return vertx
        .eventBus()
        .<BusMessage>request(Addresses.SESSIONS, question, options)
        .map(Message::body)
        .recover(lost -> Future.failedFuture(Refusal.unavailable("no session service answers")));
  }

  private static Refusal refusal(BusMessage answer) {
    return answer instanceof Refused refused
        ? new Refusal(refused.code(), refused.message())
        : Refusal.unavailable("the session service gave no session");
  }
}
