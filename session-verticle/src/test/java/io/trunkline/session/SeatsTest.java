package io.trunkline.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who still finds room in a channel. */
class SeatsTest {
  private long now = 1000;
  private final Whereabouts whereabouts = new Whereabouts(2000, () -> now);
  private final Seats seats = new Seats(whereabouts, () -> now);

  @BeforeEach
  void listen() {
    whereabouts.listen(seats);
  }

  @Test
  void thoseWhoComeAtOnceAreCountedThoughNoGatewayHasToldOfThem() {
    assertThat(seats.take("room", "a", 2)).isTrue();
    assertThat(seats.take("room", "b", 2)).isTrue();
    assertThat(seats.take("room", "c", 2)).isFalse();
    assertThat(seats.take("other", "c", 2)).isTrue();
  }

  @Test
  void whoHasASeatKeepsItHoweverOftenItAsks() {
    assertThat(seats.take("room", "a", 1)).isTrue();
    assertThat(seats.take("room", "a", 1)).isTrue();
    whereabouts.followed("here:room\na");
    assertThat(seats.take("room", "a", 1)).isTrue();
    assertThat(seats.take("room", "b", 1)).isFalse();
  }

  @Test
  void whoHasComeCountsOnce() {
    seats.take("room", "a", 2);
    whereabouts.followed("here:room\na");
    assertThat(seats.take("room", "b", 2)).isTrue();
    assertThat(seats.take("room", "c", 2)).isFalse();
  }

  @Test
  void aSeatThatNobodyComesForIsFreeAfterFiveSeconds() {
    seats.take("room", "a", 1);
    now += 4999;
    assertThat(seats.take("room", "b", 1)).isFalse();
    now += 1;
    assertThat(seats.take("room", "b", 1)).isTrue();
  }

  @Test
  void whoLeavesHasItsSeatForAsLongAsItIsShown() {
    seats.take("room", "a", 1);
    whereabouts.followed("here:room\na");
    whereabouts.unfollowed("here:room\na");
    now += 1999;
    whereabouts.tick();
    assertThat(seats.take("room", "b", 1)).isFalse();
    assertThat(seats.take("room", "a", 1)).isTrue();
    now += 1;
    whereabouts.tick();
    assertThat(seats.take("room", "b", 1)).isTrue();
  }
}
