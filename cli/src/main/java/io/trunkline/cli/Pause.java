package io.trunkline.cli;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Waits, on a command's own thread. */
final class Pause {
  private Pause() {}

  static void of(Duration time) {
    try {
      TimeUnit.NANOSECONDS.sleep(time.toNanos());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Exit.UNAVAILABLE, "interrupted");
    }
  }
}
