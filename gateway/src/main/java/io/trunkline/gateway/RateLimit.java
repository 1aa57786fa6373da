package io.trunkline.gateway;

/**
 * A token bucket for one connection: {@code burst} requests at once, {@code rate} a second on
 * average. Also knows how long the client has gone on over the limit. Confined to its event loop.
 */
final class RateLimit {
  /** A client that is refused again and again for this long does not listen: 4102. */
  static final long PATIENCE_MILLIS = 10_000;

  /** A second without a refusal, and the client is on good terms again. */
  private static final long FORGIVEN_AFTER_MILLIS = 1000;

  private final int rate;
  private final int burst;
  private double tokens;
  private long filledAt;

  /** When the refusals began that have not stopped since; 0 when there are none. */
  private long overSince;

  private long refusedAt;

  RateLimit(int rate, int burst, long now) {
    this.rate = rate;
    this.burst = burst;
    this.tokens = burst;
    this.filledAt = now;
  }

  /** Takes one request's token, false where there is none. */
  boolean take(long now) {
    tokens = Math.min(burst, tokens + (now - filledAt) * rate / 1000.0);
    filledAt = now;
    if (tokens >= 1) {
      tokens -= 1;
      return true;
    }
    if (overSince == 0 || now - refusedAt > FORGIVEN_AFTER_MILLIS) {
      overSince = now;
    }
    refusedAt = now;
    return false;
  }

  /** Whether the client has been over the limit without a pause for {@link #PATIENCE_MILLIS}. */
  boolean exhausted(long now) {
    return overSince != 0 && now - overSince >= PATIENCE_MILLIS;
  }
}
