package io.trunkline.cli.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the load generator says of a server is as good as this. */
class SequenceTest {
  @Test
  void allInOrderIsNothingToTell() {
    assertFound(of(0, 1, 2, 3), 4, 0, 0, 0);
  }

  @Test
  void holeIsLost() {
    assertFound(of(0, 1, 4), 5, 2, 0, 0);
  }

  @Test
  void tailIsLost() {
    assertFound(of(0, 1), 5, 3, 0, 0);
    assertFound(of(), 5, 5, 0, 0);
  }

  @Test
  void whatComesAgainIsRepeated() {
    assertFound(of(0, 1, 1, 2, 0), 3, 0, 2, 0);
  }

  @Test
  void whatComesLateIsReorderedAndNotLost() {
    assertFound(of(0, 2, 3, 1), 4, 0, 0, 1);
  }

  @Test
  void whatComesLateAndAgainIsBoth() {
    assertFound(of(0, 5, 3, 3, 1), 6, 2, 1, 2);
  }

  @Test
  void whateverComesIsCountedAsByCountingEachNumber() {
    Random random = new Random(42);
    for (int round = 0; round < 500; round++) {
      int sent = 1 + random.nextInt(40);
      Sequence sequence = new Sequence();
      Set<Integer> seen = new HashSet<>();
      int repeated = 0;
      int reordered = 0;
      int highest = -1;
      for (int i = random.nextInt(60); i > 0; i--) {
        int number = random.nextInt(sent);
        sequence.arrived(number);
        if (!seen.add(number)) {
          repeated++;
        } else if (number < highest) {
          reordered++;
        }
        highest = Math.max(highest, number);
      }
      assertThat(sequence.lost(sent)).isEqualTo(sent - seen.size());
      assertThat(sequence.distinct()).isEqualTo(seen.size());
      assertThat(sequence.repeated()).isEqualTo(repeated);
      assertThat(sequence.reordered(null)).isEqualTo(reordered);
    }
  }

  @Test
  void whatWasRefusedIsNeitherLostNorReordered() {
    Sequence sequence = of(0, 2, 5, 4);
    BitSet refused = BitSet.valueOf(new long[] {1 << 1 | 1 << 4 | 1 << 7});
    assertThat(sequence.lost(8, refused)).as("3 and 6").isEqualTo(2);
    assertThat(sequence.reordered(refused)).isZero();
    assertThat(sequence.reordered(null)).isOne();
  }

  private static Sequence of(int... numbers) {
    Sequence sequence = new Sequence();
    for (int number : numbers) {
      sequence.arrived(number);
    }
    return sequence;
  }

  private static void assertFound(
      Sequence sequence, int sent, int lost, int repeated, int reordered) {
    assertThat(sequence.lost(sent)).as("lost").isEqualTo(lost);
    assertThat(sequence.repeated()).as("repeated").isEqualTo(repeated);
    assertThat(sequence.reordered(null)).as("reordered").isEqualTo(reordered);
  }
}
