package io.trunkline.node;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.Context;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.function.LongSupplier;

/**
 * How late each event loop is: a timer on each, and by how much it fires after its time. What comes
 * to a loop waits about as long.
 */
final class LoopLag {
  /**
   * Often enough that a second's standstill is in every scrape, and rare enough to cost nothing.
   */
  private static final Duration INTERVAL = Duration.ofMillis(250);

  /** A healthy loop is below the first two; above the last ones clients notice. */
  private static final Duration[] BUCKETS = {
    Duration.ofMillis(1),
    Duration.ofMillis(5),
    Duration.ofMillis(20),
    Duration.ofMillis(100),
    Duration.ofMillis(500),
    Duration.ofSeconds(2)
  };

  private LoopLag() {}

  /**
   * Watches these loops for as long as their Vert.x runs.
   *
   * @return the latest that any of them was since the last time that it was asked, in microseconds
   */
  static LongSupplier watch(List<Context> loops, MeterRegistry registry) {
    LongAccumulator worst = new LongAccumulator(Math::max, 0);
    Timer lag =
        Timer.builder("trunkline.event.loop.lag")
            .description("How late an event loop runs what is due")
            .serviceLevelObjectives(BUCKETS)
            .register(registry);
    loops.forEach(loop -> loop.runOnContext(started -> next(loop, lag, worst)));
    return () -> TimeUnit.NANOSECONDS.toMicros(worst.getThenReset());
  }

  private static void next(Context loop, Timer lag, LongAccumulator worst) {
    long due = System.nanoTime() + INTERVAL.toNanos();
    loop.owner()
        .setTimer(
            INTERVAL.toMillis(),
            fired -> {
              long late = Math.max(0, System.nanoTime() - due);
              lag.record(late, TimeUnit.NANOSECONDS);
              worst.accumulate(late);
              next(loop, lag, worst);
            });
  }
}
