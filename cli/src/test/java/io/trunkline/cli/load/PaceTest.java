package io.trunkline.cli.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PaceTest {
  private static final long MILLI = 1_000_000;

  @Test
  void whatFallsIntoATickIsDueAtItsBeginning() {
    long[] due = IntStream.range(0, 6).mapToLong(i -> Pace.due(i, 0.4 * MILLI, MILLI)).toArray();
    assertThat(due).containsExactly(0, 0, 0, MILLI, MILLI, 2 * MILLI);
  }

  @Test
  void withoutATickEachIsDueByItself() {
    assertThat(Pace.due(3, 1e5, 1)).isEqualTo(300_000);
  }

  @Test
  void rateIsKeptHoweverLongItGoes() {
    assertThat(Pace.due(100_000_000, 1e9 / 30_000, MILLI)).isEqualTo(3_333_333L * MILLI);
  }
}
