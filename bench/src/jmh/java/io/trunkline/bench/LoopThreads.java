package io.trunkline.bench;

import io.vertx.core.impl.VertxThread;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The threads on which JMH runs: such as event loops have, since Netty keeps its pools there. */
public final class LoopThreads extends ThreadPoolExecutor {
  /** As JMH wants it of an executor of ours. */
  public LoopThreads(int threads, String prefix) {
    super(
        threads,
        threads,
        0,
        TimeUnit.SECONDS,
        new LinkedBlockingQueue<>(),
        task -> new VertxThread(task, prefix, false, 1, TimeUnit.HOURS));
  }
}
