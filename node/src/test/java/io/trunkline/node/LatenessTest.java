package io.trunkline.node;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LatenessTest {
  private long now = 1000;
  private final Lateness lateness = new Lateness(() -> now);

  @Test
  void aLoopThatBeatsIsNotLate() {
    assertThat(lateness.millis()).isZero();
    beatAfter(100);
    beatAfter(150);
    assertThat(lateness.millis()).isZero();
  }

  @Test
  void whatIsTakenUpBeforeTheFirstBeatAfterAStandstillIsLate() {
    beatAfter(100);
    now += 5100;
    assertThat(lateness.millis()).isEqualTo(5000);
  }

  @Test
  void whatPiledUpDuringAStandstillIsLateForAWhile() {
    beatAfter(5100);
    beatAfter(0); // beats that were missed come at once
    beatAfter(100);
    assertThat(lateness.millis()).isEqualTo(5000);
    beatAfter(100);
    beatAfter(100);
    beatAfter(100);
    beatAfter(101);
    assertThat(lateness.millis()).isZero();
  }

  private void beatAfter(long millis) {
    now += millis;
    lateness.beat();
  }
}
