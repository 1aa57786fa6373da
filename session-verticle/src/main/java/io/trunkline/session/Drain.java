package io.trunkline.session;

import io.trunkline.protocol.BusMessage.Posted;
import io.trunkline.protocol.ErrorCode;
import io.trunkline.protocol.Refusal;
import io.trunkline.session.OutgoingStore.Outgoing;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes what applications send by {@code trunkline.send} into the log and on to the followers. Each
 * message has an id, so whoever dies between the log and the deletion, or two that work at once,
 * store it once. What is stored nowhere is deleted first and so sent at most once.
 *
 * <p>One service of the cluster looks often; the others seldom, and only for what it has left. A
 * round is one batch of the log, so messages for one topic keep their order. Belongs to one event
 * loop.
 */
final class Drain {
  private static final Logger log = LoggerFactory.getLogger(Drain.class);

  /** A third of the second within which what was committed is to arrive. */
  static final long INTERVAL_MILLIS = 300;

  /** Somebody else's turn: only what has been left for so long, and looked for only as often. */
  private static final long LEFT_MILLIS = 2_000;

  private final OutgoingStore store;
  private final Postings postings;
  private final BooleanSupplier mine;
  private long lookedAt;
  private boolean running;

  /**
   * @param mine whether it is this service that should look often
   */
  Drain(OutgoingStore store, Postings postings, BooleanSupplier mine) {
    this.store = store;
    this.postings = postings;
    this.mine = mine;
  }

  /** To be called every {@link #INTERVAL_MILLIS}. */
  void tick(long nowMillis) {
    boolean first = mine.getAsBoolean();
    if (running || (!first && nowMillis - lookedAt < LEFT_MILLIS)) {
      return;
    }
    running = true;
    lookedAt = nowMillis;
    rounds(first ? 0 : LEFT_MILLIS)
        .onFailure(failure -> log.warn("drain_failed reason={}", failure.getMessage()))
        .onComplete(done -> running = false);
  }

  /** Until nothing waits, or nothing could be done. */
  private Future<Void> rounds(long waitedMillis) {
    return store
        .waiting(waitedMillis)
        .compose(
            waiting ->
                waiting.isEmpty()
                    ? Future.succeededFuture()
                    : round(waiting).compose(done -> rounds(waitedMillis)));
  }

  private Future<Void> round(List<Outgoing> waiting) {
    List<Long> done = new ArrayList<>();
    List<Outgoing> unstored = new ArrayList<>();
    Map<Outgoing, Future<Posted>> storing = new HashMap<>();
    for (Outgoing each : waiting) {
      try {
        if (postings.isStored(each.message())) {
          storing.put(each, postings.post(each.message()));
        } else {
          unstored.add(each);
          done.add(each.seq());
        }
      } catch (Refusal refusal) {
        drop(each, refusal);
        done.add(each.seq());
      }
    }
    return Future.join(List.copyOf(storing.values()))
        .transform(stored -> Future.succeededFuture())
        .compose(stored -> take(storing, done, unstored));
  }

  private Future<Void> take(
      Map<Outgoing, Future<Posted>> storing, List<Long> done, List<Outgoing> unstored) {
    storing.forEach(
        (each, outcome) -> {
          if (outcome.succeeded()) {
            done.add(each.seq());
          } else if (isFinal(outcome.cause())) {
            drop(each, (Refusal) outcome.cause());
            done.add(each.seq());
          }
        });
    return done.isEmpty()
        ? Future.failedFuture(Refusal.unavailable("nothing could be stored"))
        : store.take(done).onSuccess(taken -> send(unstored, taken)).mapEmpty();
  }

  private void send(List<Outgoing> unstored, Set<Long> taken) {
    for (Outgoing each : unstored) {
      if (taken.contains(each.seq())) {
        postings
            .post(each.message())
            .onFailure(failure -> log.warn("outgoing_lost reason={}", failure.getMessage()));
      }
    }
  }

  /** Trying again would not help. */
  private static boolean isFinal(Throwable failure) {
    return failure instanceof Refusal refusal && refusal.code() != ErrorCode.UNAVAILABLE;
  }

  private static void drop(Outgoing each, Refusal refusal) {
    log.warn("outgoing_refused seq={} code={}", each.seq(), refusal.code().wireName());
  }
}
