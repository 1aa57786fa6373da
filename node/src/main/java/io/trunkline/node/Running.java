package io.trunkline.node;

import io.vertx.core.Future;
import java.time.Duration;

/** A process that has started. */
public interface Running {
  /** Stops in good order. Called at most once. */
  Future<Void> stop();

  /** How long {@link #stop} may take before the process ends without it. */
  default Duration stopWithin() {
    return Duration.ofSeconds(30);
  }
}
