package io.trunkline.node;

import java.util.concurrent.atomic.AtomicLong;

/**
 * A number that one thread moves and any thread reads, for what is too frequent for a shared
 * counter: to move it is a load and a store, without a lock, a fence or an allocation. A reader
 * sees it a moment late, and never a value that it did not have.
 */
public final class Count {
  private final AtomicLong value = new AtomicLong();

  /** Only the one thread whose count this is. */
  public void increment() {
    add(1);
  }

  /** Only the one thread whose count this is. */
  public void add(long amount) {
    value.setOpaque(value.getPlain() + amount);
  }

  /** Only the one thread whose count this is. */
  public void set(long amount) {
    value.setOpaque(amount);
  }

  /** Any thread. */
  public long get() {
    return value.getOpaque();
  }
}
