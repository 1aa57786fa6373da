package io.trunkline.node;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices that this node has no way back into its cluster: Hazelcast has ended or no longer
 * answers, or another node has taken this one's name while it was frozen. A node that is alone is
 * in a cluster of its own, and not stranded: its part of the cluster merges when it can.
 *
 * <p>It counts looks and not time, so that a process which stood still is not taken for stranded.
 */
final class Stranded {
  private static final Logger log = LoggerFactory.getLogger(Stranded.class);

  static final Duration INTERVAL = Duration.ofSeconds(5);

  /** A minute: a split, a merge and the repairs after it take a third of that on a busy machine. */
  static final int LIMIT = 12;

  private final Supplier<Future<Void>> inCluster;

  /** Grows while Hazelcast answers. */
  private final LongSupplier answers;

  private final Runnable listener;

  // Both touched on one event loop

  private long answersSeen;
  private int misses;

  Stranded(Supplier<Future<Void>> inCluster, LongSupplier answers, Runnable listener) {
    this.inCluster = inCluster;
    this.answers = answers;
    this.listener = listener;
  }

  /**
   * Watches until Vert.x is closed.
   *
   * @param inCluster completes at once
   * @param answers grows within each {@link #INTERVAL} in which Hazelcast answers this node
   * @param listener called once, after some {@link #LIMIT} intervals in a row without either; on an
   *     event loop, so it must not block
   */
  static void watch(
      Vertx vertx, Supplier<Future<Void>> inCluster, LongSupplier answers, Runnable listener) {
    Stranded stranded = new Stranded(inCluster, answers, listener);
    vertx.setPeriodic(INTERVAL.toMillis(), timer -> stranded.look());
  }

  void look() {
    long now = answers.getAsLong();
    boolean answered = now != answersSeen;
    answersSeen = now;
    inCluster
        .get()
        .onSuccess(in -> count(answered, "Hazelcast does not answer"))
        .onFailure(failure -> count(false, failure.getMessage()));
  }

  private void count(boolean good, String reason) {
    misses = good ? 0 : misses + 1;
    if (misses == LIMIT) {
      log.error("stranded seconds={} reason=\"{}\"", LIMIT * INTERVAL.toSeconds(), reason);
      listener.run();
    }
  }
}
