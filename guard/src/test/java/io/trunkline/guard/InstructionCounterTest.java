package io.trunkline.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;

class InstructionCounterTest {
  private static final int TURNS = 1000;

  /** 9 instructions for each turn, as {@code javap -c} shows. */
  public static final class Loop implements IntUnaryOperator {
    @Override
    public int applyAsInt(int turns) {
      int sum = 0;
      for (int i = 0; i < turns; i++) {
        sum ^= i;
      }
      return sum;
    }
  }

  /** An object whose making has a branch within: its NEW is named by the verifier's frames. */
  public static final class Branch implements IntUnaryOperator {
    @Override
    public int applyAsInt(int value) {
      return new StringBuilder(value > 0 ? "positive" : "not").length();
    }
  }

  @Test
  void whatALoopExecutesIsCountedForEachTurn() throws ReflectiveOperationException {
    IntUnaryOperator loop = counting(Loop.class);
    long once = executed(loop, 1) - executed(loop, 0);
    assertThat(once).isEqualTo(9);
    assertThat(executed(loop, TURNS)).isEqualTo(TURNS * once + executed(loop, 0));
  }

  @Test
  void whatIsCountedStillDoesTheSame() throws ReflectiveOperationException {
    assertThat(counting(Loop.class).applyAsInt(4)).isEqualTo(new Loop().applyAsInt(4));
    assertThat(counting(Branch.class).applyAsInt(4)).isEqualTo(new Branch().applyAsInt(4));
  }

  private static IntUnaryOperator counting(Class<? extends IntUnaryOperator> type)
      throws ReflectiveOperationException {
    CountingLoader loader = new CountingLoader(InstructionCounterTest.class.getClassLoader());
    return (IntUnaryOperator)
        loader.loadClass(type.getName()).getDeclaredConstructor().newInstance();
  }

  private static long executed(IntUnaryOperator code, int argument) {
    long before = Tally.ours();
    assertThat(code.applyAsInt(argument)).isGreaterThanOrEqualTo(0);
    return Tally.ours() - before;
  }
}
