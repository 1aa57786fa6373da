package io.trunkline.session.message;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.session.Place;
import org.junit.jupiter.api.Test;

class ResumptionTest {
  @Test
  void anEmptyInboxIsRecovered() {
    assertThat(Resumption.from(0, new Place(0, 0))).isEqualTo(new Resumption(0, 0, true));
  }

  @Test
  void whoHasEverythingGoesOnFromTheHead() {
    assertThat(Resumption.from(7, new Place(7, 0))).isEqualTo(new Resumption(7, 7, true));
  }

  @Test
  void whoMissesSomethingGetsItFromWhereHeIs() {
    assertThat(Resumption.from(3, new Place(7, 4))).isEqualTo(new Resumption(3, 7, true));
  }

  @Test
  void whoMissesWhatIsDroppedIsToldAndGetsWhatIsLeft() {
    assertThat(Resumption.from(3, new Place(7, 6))).isEqualTo(new Resumption(5, 7, false));
  }

  @Test
  void whoMissesWhatIsAllDroppedGoesOnFromTheHead() {
    assertThat(Resumption.from(3, new Place(7, 0))).isEqualTo(new Resumption(7, 7, false));
  }

  @Test
  void whoIsBeyondTheHeadIsTold() {
    assertThat(Resumption.from(9, new Place(7, 0))).isEqualTo(new Resumption(7, 7, false));
  }
}
