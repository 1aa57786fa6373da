package io.trunkline.cli.load;

import java.util.BitSet;
import java.util.Map;
import java.util.TreeMap;

/**
 * What one reader has had of one sender, whose messages are numbered from 0: finds what is missing,
 * what came twice and what came late, exactly. Holds a range for each hole, and nothing where all
 * is well. One thread.
 */
final class Sequence {
  /** First number of a hole to the one after its last; null: there has never been a hole. */
  private TreeMap<Integer, Integer> holes;

  /** Which came after one with a higher number; null: none did. */
  private BitSet late;

  private int next;
  private int repeated;

  /** Message {@code number} has come. */
  void arrived(int number) {
    if (number == next) {
      next++;
    } else if (number > next) {
      holes = holes == null ? new TreeMap<>() : holes;
      holes.put(next, number);
      next = number + 1;
    } else if (fills(number)) {
      late = late == null ? new BitSet() : late;
      late.set(number);
    } else {
      repeated++;
    }
  }

  private boolean fills(int number) {
    Map.Entry<Integer, Integer> hole = holes == null ? null : holes.floorEntry(number);
    if (hole == null || number >= hole.getValue()) {
      return false;
    }
    holes.remove(hole.getKey());
    if (hole.getKey() < number) {
      holes.put(hole.getKey(), number);
    }
    if (number + 1 < hole.getValue()) {
      holes.put(number + 1, hole.getValue());
    }
    return true;
  }

  /**
   * How many of the {@code sent} first have not come, but for those that were refused.
   *
   * @param refused null: none were
   */
  long lost(long sent, BitSet refused) {
    long lost = lost(sent);
    return refused == null ? lost : lost - refused.stream().filter(this::isMissing).count();
  }

  private boolean isMissing(int number) {
    Map.Entry<Integer, Integer> hole = holes == null ? null : holes.floorEntry(number);
    return number >= next || (hole != null && number < hole.getValue());
  }

  /** How many of the {@code sent} first have not come. */
  long lost(long sent) {
    long lost = Math.max(0, sent - next);
    if (holes != null) {
      for (Map.Entry<Integer, Integer> hole : holes.entrySet()) {
        lost += hole.getValue() - hole.getKey();
      }
    }
    return lost;
  }

  /** How many came that had come before. */
  int repeated() {
    return repeated;
  }

  /**
   * How many came after one with a higher number, but for those that were refused: whether they
   * were stored, and when, is not known.
   *
   * @param refused null: none were
   */
  long reordered(BitSet refused) {
    if (late == null) {
      return 0;
    }
    BitSet counted = (BitSet) late.clone();
    if (refused != null) {
      counted.andNot(refused);
    }
    return counted.cardinality();
  }

  /** How many came, each counted once. */
  long distinct() {
    return next - lost(next);
  }
}
