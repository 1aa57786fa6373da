package io.trunkline.gateway;

import java.util.concurrent.atomic.AtomicInteger;

/** Counts up to a limit. Any thread. */
final class Capacity {
  private final int limit;
  private final AtomicInteger taken = new AtomicInteger();

  Capacity(int limit) {
    this.limit = limit;
  }

  /** Counts one more, or refuses; what was admitted must {@link #leave} once. */
  boolean enter() {
    if (taken.incrementAndGet() <= limit) {
      return true;
    }
    taken.decrementAndGet();
    return false;
  }

  void leave() {
    taken.decrementAndGet();
  }

  int taken() {
    return taken.get();
  }
}
