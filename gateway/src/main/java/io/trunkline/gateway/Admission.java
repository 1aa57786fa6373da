package io.trunkline.gateway;

import java.util.concurrent.ConcurrentHashMap;

/**
 * Counts connections by something that must not have too many: an address, a user. An entry lives
 * as long as a connection does, so the table is bounded by the connections of this process. Any
 * thread.
 */
final class Admission {
  private final int limit;
  private final ConcurrentHashMap<String, Integer> counts = new ConcurrentHashMap<>();

  Admission(int limit) {
    this.limit = limit;
  }

  /** Counts one more, or refuses; what was admitted must be {@link #leave released} once. */
  boolean enter(String key) {
    boolean[] admitted = {false};
    counts.compute(
        key,
        (ignored, count) -> {
          int now = count == null ? 0 : count;
          admitted[0] = now < limit;
          return admitted[0] ? Integer.valueOf(now + 1) : count;
        });
    return admitted[0];
  }

  /** Whether {@link #enter} would refuse now. */
  boolean isFull(String key) {
    return isFull(key, 0);
  }

  /** As above, with so many more that are counted somewhere else. */
  boolean isFull(String key, int elsewhere) {
    return count(key) + elsewhere >= limit;
  }

  int count(String key) {
    return counts.getOrDefault(key, 0);
  }

  /** Whether nobody is counted; for tests. */
  boolean isEmpty() {
    return counts.isEmpty();
  }

  void leave(String key) {
    counts.computeIfPresent(key, (ignored, count) -> count == 1 ? null : count - 1);
  }
}
