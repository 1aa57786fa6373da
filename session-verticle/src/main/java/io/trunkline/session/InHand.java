package io.trunkline.session;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** Counts the requests that one event loop has in hand, and refuses more than it should hold. */
final class InHand {
  private final int most;

  /** Of all event loops, for who looks at the service. */
  private final LongAdder total;

  private final AtomicInteger count = new AtomicInteger();
  private volatile long lastArrival = System.nanoTime();

  InHand(int most, LongAdder total) {
    this.most = most;
    this.total = total;
  }

  /** Whether there is room for one more; every true needs one {@link #leave}. Its loop's. */
  boolean enter() {
    lastArrival = System.nanoTime();
    if (count.get() >= most) {
      return false;
    }
    count.incrementAndGet();
    total.increment();
    return true;
  }

  void leave() {
    count.decrementAndGet();
    total.decrement();
  }

  /** From any thread. */
  int count() {
    return count.get();
  }

  /** Whether nothing is in hand and nothing has come for {@code millis}; from any thread. */
  boolean quietFor(long millis) {
    return count.get() == 0
        && System.nanoTime() - lastArrival >= TimeUnit.MILLISECONDS.toNanos(millis);
  }
}
