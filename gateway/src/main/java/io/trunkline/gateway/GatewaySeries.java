package io.trunkline.gateway;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.distribution.CountAtBucket;
import io.trunkline.node.Count;
import io.trunkline.node.History;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * What a gateway adds to its node's history: the numbers that the console plots. Those that only
 * grow are counters, from which whoever reads them makes rates and percentiles over any time and
 * any nodes. See docs/server-api.md.
 */
final class GatewaySeries {
  private final History history;
  private final List<Instance> instances;
  private final List<String> own = new ArrayList<>();

  private GatewaySeries(History history, List<Instance> instances) {
    this.history = history;
    this.instances = instances;
  }

  /** Called when every instance is there. */
  static GatewaySeries add(
      History history, MeterRegistry meters, Gateway gateway, List<Instance> instances) {
    GatewaySeries series = new GatewaySeries(history, instances);
    series.add("connections", gateway::connections);
    series.add("draining", () -> gateway.isDraining() ? 1 : 0);
    series.add("slow_readers", counts -> counts.slowReaders);
    series.add("unsent_bytes", counts -> counts.unsentBytes);
    series.add("deliveries_bus", counts -> counts.fromBus);
    series.add("deliveries_log", counts -> counts.fromLog);
    series.add("deliveries_broadcast", counts -> counts.broadcasts);
    series.add("holes_filled", counts -> counts.holesFilled);
    series.add("requests", () -> answered(meters));
    for (Duration bucket : RequestMeters.BUCKETS) {
      series.add(
          "requests_within_" + bucket.toMillis() + "_ms", () -> answeredWithin(meters, bucket));
    }
    return series;
  }

  /** The gateway has ended, and another may come on the same node. */
  void remove() {
    history.remove(own);
  }

  private void add(String name, Function<Counts, Count> count) {
    add(name, () -> instances.stream().mapToLong(i -> count.apply(i.loop().counts()).get()).sum());
  }

  private void add(String name, LongSupplier value) {
    history.add(name, value);
    own.add(name);
  }

  private static long answered(MeterRegistry meters) {
    return meters.find(RequestMeters.SECONDS).timers().stream().mapToLong(Timer::count).sum();
  }

  private static long answeredWithin(MeterRegistry meters, Duration limit) {
    long sum = 0;
    for (Timer timer : meters.find(RequestMeters.SECONDS).timers()) {
      for (CountAtBucket bucket : timer.takeSnapshot().histogramCounts()) {
        if (bucket.bucket() == limit.toNanos()) {
          sum += (long) bucket.count();
        }
      }
    }
    return sum;
  }
}
