package io.trunkline.node;

import com.hazelcast.cluster.Member;
import io.vertx.core.Future;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A new node's first word to each of the others, so that connections both ways stand before anybody
 * waits for them. A node that none of the others understands is refused: it would take requests and
 * lose them.
 */
final class Greeting {
  /** Members that are dead or frozen are out of the cluster by then. */
  private static final long LIMIT = Duration.ofSeconds(8).toNanos();

  private static final long PAUSE_MILLIS = 200;

  private final Node node;
  private final long deadline = System.nanoTime() + LIMIT;

  Greeting(Node node) {
    this.node = node;
  }

  /**
   * Done when at least one other node has answered, or is still starting and will greet us, or when
   * there is none; fails with {@link StartFailed} when others are there and none can be talked to.
   */
  Future<Void> all() {
    List<Future<Void>> greetings =
        node.members().all().stream()
            .filter(member -> !member.localMember())
            .map(this::greet)
            .toList();
    if (greetings.isEmpty()) {
      return Future.succeededFuture();
    }
    return Future.join(greetings)
        .<Void>mapEmpty()
        .recover(
            failure -> greetings.stream().anyMatch(Future::succeeded) ? done() : again(failure));
  }

  private static Future<Void> done() {
    return Future.succeededFuture();
  }

  private Future<Void> greet(Member member) {
    return node.ask(member.getAttribute(Members.NAME_ATTRIBUTE))
        .recover(failure -> isStarting(failure) ? done() : Future.failedFuture(failure));
  }

  private static boolean isStarting(Throwable failure) {
    return failure instanceof ReplyException e && e.failureType() == ReplyFailure.NO_HANDLERS;
  }

  private Future<Void> again(Throwable failure) {
    if (System.nanoTime() - deadline > 0) {
      return Future.failedFuture(
          new StartFailed(
              "no other node of the cluster can be reached over the event bus ("
                  + failure.getMessage()
                  + "): all need certificates of one authority, or none (TRUNKLINE_BUS_TLS_...),"
                  + " and a way to each other's TRUNKLINE_BUS_HOST",
              failure));
    }
    return node.vertx().timer(PAUSE_MILLIS, TimeUnit.MILLISECONDS).compose(waited -> all());
  }
}
