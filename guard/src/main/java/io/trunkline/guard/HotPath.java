package io.trunkline.guard;

/** Something that happens for every message, alone, ready to be done any number of times. */
public interface HotPath extends AutoCloseable {
  /** Does it once, to the end: nothing is left to be done later or by another thread. */
  void run();

  @Override
  default void close() {
    // most hold nothing
  }
}
