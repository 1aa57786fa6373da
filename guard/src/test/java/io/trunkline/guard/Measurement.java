package io.trunkline.guard;

import com.sun.management.ThreadMXBean;
import io.vertx.core.impl.VertxThread;
import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Goes through each path many times on one thread, and prints what one pass costs. To be run by
 * {@link MeasuringProcess}, whose flags make the figures the same everywhere.
 */
final class Measurement {
  /** Until classes are loaded, call sites linked, pools and collections as large as they get. */
  private static final int WARM_UP = 100;

  private static final int PASSES = 100;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Measurement() {}

  /** On a thread like those of event loops: Netty keeps its pools there. */
  @SuppressWarnings("SystemOut") // for the test that has started it
  public static void main(String[] args) throws InterruptedException {
    Map<String, Cost> costs = new LinkedHashMap<>();
    Thread thread =
        new VertxThread(() -> new Measurement().run(costs), "loop", false, 1, TimeUnit.HOURS);
    thread.start();
    thread.join();
    System.out.print(new Costs(costs).text());
    System.exit(costs.size() == HotPaths.values().length ? 0 : 1);
  }

  private void run(Map<String, Cost> costs) {
    for (HotPaths path : HotPaths.values()) {
      try (HotPath open = path.open()) {
        costs.put(path.name(), cost(open));
      } catch (Exception e) {
        throw new IllegalStateException(path + " cannot be measured", e);
      }
    }
  }

  private Cost cost(HotPath path) {
    pass(path, WARM_UP);
    long bytes = threads.getCurrentThreadAllocatedBytes();
    long ours = Tally.ours();
    long libraries = Tally.libraries();
    pass(path, PASSES);
    libraries = Tally.libraries() - libraries;
    ours = Tally.ours() - ours;
    bytes = threads.getCurrentThreadAllocatedBytes() - bytes;
    return new Cost(each(bytes), each(ours), each(libraries));
  }

  private static void pass(HotPath path, int times) {
    for (int i = 0; i < times; i++) {
      path.run();
    }
  }

  private static long each(long sum) {
    return (sum + PASSES / 2) / PASSES;
  }
}
