package io.trunkline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class EndingTest {
  @Test
  void codesSayWhetherAndWhenToConnectAgain() {
    assertThat(Ending.of(4202, "")).isEqualTo(new Ending(true, Duration.ZERO));
    assertThat(Ending.of(1006, "")).isEqualTo(new Ending(true, null));
    assertThat(Ending.of(4100, "")).isEqualTo(new Ending(true, null));
    assertThat(Ending.of(4003, "").goesOn()).isFalse();
    assertThat(Ending.of(1009, "").goesOn()).isFalse();
    assertThat(Ending.of(4101, "{\"retry_after_ms\":70}"))
        .isEqualTo(new Ending(true, Duration.ofMillis(70)));
    assertThat(Ending.of(4101, "{\"retry_after_ms\":99999999}").after())
        .isEqualTo(Duration.ofSeconds(20));
    assertThat(Ending.of(4101, "soon")).isEqualTo(new Ending(true, null));
  }

  @Test
  void backOffGrowsToTwentySecondsAndNoFurther() {
    for (int tries = 0; tries < 100; tries++) {
      long most = Math.min(20_000, 500L << Math.min(tries, 10));
      assertThat(Ending.backOff(tries)).isBetween(Duration.ZERO, Duration.ofMillis(most));
    }
  }
}
