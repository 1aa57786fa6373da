package io.trunkline.node;

import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How long what an event loop takes up now may have lain unread. A process that stood still
 * (SIGSTOP, a long pause of the collector, a laptop asleep) wakes up to requests that nobody waits
 * for any more, and no clock is shared that would tell; a loop that has more to do than it can is
 * late with everything.
 *
 * <p>Confined to its event loop.
 */
public final class Lateness {
  /** Standstills are told to within this. */
  private static final long BEAT_MILLIS = 100;

  /** After a standstill: until what piled up meanwhile has been read. */
  private static final long AFTERMATH_MILLIS = 500;

  private final LongSupplier clockMillis;
  private long lastBeat;
  private long standstill;
  private long standstillEnd;

  Lateness(LongSupplier clockMillis) {
    this.clockMillis = clockMillis;
    this.lastBeat = clockMillis.getAsLong();
    this.standstillEnd = lastBeat - AFTERMATH_MILLIS - 1;
  }

  /** One that beats on the event loop that calls, until the verticle that calls is undeployed. */
  public static Lateness of(Vertx vertx) {
    Lateness lateness = new Lateness(() -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime()));
    vertx.setPeriodic(BEAT_MILLIS, timer -> lateness.beat());
    return lateness;
  }

  void beat() {
    long now = clockMillis.getAsLong();
    long late = now - lastBeat - BEAT_MILLIS;
    if (late > BEAT_MILLIS) {
      standstill = late;
      standstillEnd = now;
    }
    lastBeat = now;
  }

  /** What was taken up now may have waited for this long; 0 as a rule. */
  public long millis() {
    long now = clockMillis.getAsLong();
    long late = Math.max(0, now - lastBeat - BEAT_MILLIS);
    return now - standstillEnd <= AFTERMATH_MILLIS ? Math.max(late, standstill) : late;
  }
}
