package io.trunkline.gateway;

/**
 * A token bucket for one connection: {@code burst} requests at once, {@code rate} a second on
 * average. Also knows how long the client has gone on far over the limit. Confined to its event
 * loop.
 *
 * <p>Far over is at least twice the rate: as many requests refused in a second as are let through.
 * Who is a little over gets errors and keeps the connection; it may be a clock that is off.
 */
final class RateLimit {
  /** A client that is far over the limit for so many seconds on end does not listen: 4102. */
  static final int PATIENCE_SECONDS = 10;

  private static final long WINDOW_MILLIS = 1000;

  private final int rate;
  private final int burst;
  private double tokens;
  private long filledAt;

  /** The second that is being counted, from its first refusal on. */
  private long windowStart;

  /** In that second. */
  private int refused;

  /** The seconds before it, without a gap, in which the client was far over. */
  private int farOverSeconds;

  RateLimit(int rate, int burst, long now) {
    this.rate = rate;
    this.burst = burst;
    this.tokens = burst;
    this.filledAt = now;
    this.windowStart = now;
  }

  int rate() {
    return rate;
  }

  /** Takes one request's token, false where there is none. */
  boolean take(long now) {
    tokens = Math.min(burst, tokens + (now - filledAt) * rate / 1000.0);
    filledAt = now;
    if (tokens >= 1) {
      tokens -= 1;
      return true;
    }
    countRefusal(now);
    return false;
  }

  /** Whether the client has been far over the limit for {@link #PATIENCE_SECONDS} on end. */
  boolean exhausted() {
    return farOverSeconds >= PATIENCE_SECONDS;
  }

  private void countRefusal(long now) {
    long age = now - windowStart;
    if (age >= WINDOW_MILLIS) {
      boolean farOver = refused >= rate && age < 2 * WINDOW_MILLIS;
      farOverSeconds = farOver ? farOverSeconds + 1 : 0;
      windowStart = now;
      refused = 0;
    }
    refused++;
  }
}
