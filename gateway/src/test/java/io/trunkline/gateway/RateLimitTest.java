package io.trunkline.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RateLimitTest {
  private static final long START = 1_000_000;

  private final RateLimit limit = new RateLimit(50, 100, START);

  private int taken(int tries, long now) {
    int taken = 0;
    for (int i = 0; i < tries; i++) {
      taken += limit.take(now) ? 1 : 0;
    }
    return taken;
  }

  @Test
  void aBurstIsLetThroughAndNoMore() {
    assertThat(taken(150, START)).isEqualTo(100);
  }

  @Test
  void thenTheRateIs() {
    taken(100, START);
    assertThat(taken(100, START + 1000)).isEqualTo(50);
    assertThat(taken(100, START + 1100)).isEqualTo(5);
  }

  @Test
  void fractionsOfARequestAreNotLost() {
    taken(100, START);
    int taken = 0;
    for (int millis = 1; millis <= 1000; millis++) {
      taken += taken(1, START + millis);
    }
    assertThat(taken).isBetween(49, 50);
  }

  @Test
  void restIsSavedUpToTheBurst() {
    taken(100, START);
    assertThat(taken(500, START + 3_600_000)).isEqualTo(100);
  }

  @Test
  void whoGoesOnOverTheLimitForLongIsExhausted() {
    taken(100, START);
    for (long millis = 0; millis < RateLimit.PATIENCE_MILLIS; millis += 10) {
      taken(5, START + millis);
      assertThat(limit.exhausted(START + millis)).isFalse();
    }
    taken(5, START + RateLimit.PATIENCE_MILLIS);
    assertThat(limit.exhausted(START + RateLimit.PATIENCE_MILLIS)).isTrue();
  }

  @Test
  void whoPausesIsForgiven() {
    taken(101, START);
    long later = START + RateLimit.PATIENCE_MILLIS;
    taken(1000, later);
    assertThat(limit.exhausted(later)).isFalse();
  }

  @Test
  void whoWasNeverRefusedIsNotExhausted() {
    assertThat(limit.exhausted(START + RateLimit.PATIENCE_MILLIS)).isFalse();
  }
}
