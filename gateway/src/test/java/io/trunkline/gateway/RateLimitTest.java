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

  /** Sends {@code perSecond} requests a second, evenly, for so long; the next moment. */
  private long send(int perSecond, int seconds, long from) {
    int gapMillis = 1000 / perSecond;
    long until = from + seconds * 1000L;
    long now = from;
    while (now < until) {
      limit.take(now);
      now += gapMillis;
    }
    return now;
  }

  @Test
  void whoIsFarOverTheLimitForTenSecondsIsExhausted() {
    long later = send(200, RateLimit.PATIENCE_SECONDS - 1, START);
    assertThat(limit.exhausted()).isFalse();
    send(200, 3, later);
    assertThat(limit.exhausted()).isTrue();
  }

  @Test
  void whoIsALittleOverTheLimitIsNeverExhausted() {
    for (int perSecond : new int[] {51, 53, 60, 75, 90}) {
      send(perSecond, 60, START + perSecond * 100_000L);
      assertThat(limit.exhausted()).as("%d a second", perSecond).isFalse();
    }
  }

  @Test
  void oneBurstHoweverLargeIsNotFarOverForLong() {
    taken(100_000, START);
    taken(1, START + 1000);
    assertThat(limit.exhausted()).isFalse();
  }

  @Test
  void whoPausesIsForgiven() {
    long later = START;
    for (int round = 0; round < 5; round++) {
      later = send(500, RateLimit.PATIENCE_SECONDS - 2, later) + 2000;
    }
    assertThat(limit.exhausted()).isFalse();
  }
}
