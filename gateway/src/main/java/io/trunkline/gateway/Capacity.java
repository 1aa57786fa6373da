package io.trunkline.gateway;

import java.util.concurrent.atomic.AtomicLong;

/** Adds up to a limit. Any thread. */
final class Capacity {
  private final long limit;
  private final AtomicLong taken = new AtomicLong();

  Capacity(long limit) {
    this.limit = limit;
  }

  /** Counts one more, or refuses; what was admitted must {@link #leave} once. */
  boolean enter() {
    return enter(1);
  }

  /** As above, of this weight. */
  boolean enter(long weight) {
    if (taken.addAndGet(weight) <= limit) {
      return true;
    }
    taken.addAndGet(-weight);
    return false;
  }

  void leave() {
    leave(1);
  }

  void leave(long weight) {
    taken.addAndGet(-weight);
  }

  long taken() {
    return taken.get();
  }
}
