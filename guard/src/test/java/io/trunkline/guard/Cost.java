package io.trunkline.guard;

import java.util.Locale;

/**
 * What one pass through a path costs.
 *
 * @param bytes allocated on the heap, by ours and by the libraries below
 * @param ours bytecode instructions that classes of ours have executed
 * @param libraries the same of Netty's and Vert.x's
 */
record Cost(long bytes, long ours, long libraries) {
  /** In percent of what it was before, up or down: this much is no change. */
  static final int TOLERANCE = 10;

  Cost {
    if (bytes < 0 || ours < 0 || libraries < 0) {
      throw new IllegalArgumentException(
          "expected costs, got %d, %d, %d".formatted(bytes, ours, libraries));
    }
  }

  /** Reads what {@link #line} wrote. */
  static Cost of(String[] words) {
    return new Cost(Long.parseLong(words[1]), Long.parseLong(words[2]), Long.parseLong(words[3]));
  }

  boolean isLike(Cost before) {
    return isLike(before.bytes, bytes)
        && isLike(before.ours, ours)
        && isLike(before.libraries, libraries);
  }

  static boolean isLike(long before, long now) {
    return 100 * Math.abs(now - before) <= TOLERANCE * before;
  }

  String line(String path) {
    return String.format(Locale.ROOT, "%-20s %8d %8d %10d", path, bytes, ours, libraries);
  }
}
