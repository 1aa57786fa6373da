package io.trunkline.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** How many connections a gateway that stops sends away, and when. */
class DrainPlanTest {
  @Test
  void inNoSecondDoMoreGoThanPlanned() {
    int connections = 10_000;
    int seconds = 30;
    long plan = Drain.planMillis(connections, seconds);
    assertThat(plan).isEqualTo(30_000);
    for (long from = -100; from < plan; from += 100) {
      double here = from < 0 ? 1 : Drain.mayStay(from, plan);
      double gone = connections * (here - Drain.mayStay(from + 1000, plan));
      assertThat(gone).as("from %d ms", from).isLessThan((double) connections / seconds + 1);
    }
    assertThat(Drain.mayStay(plan - 100, plan)).as("after the last step").isZero();
  }

  @Test
  void fewGoFasterThanTheDrainTimeAndNoTimeIsAtOnce() {
    assertThat(Drain.planMillis(20, 30)).isEqualTo(2000);
    assertThat(Drain.mayStay(0, Drain.planMillis(100_000, 0))).isZero();
  }
}
