package io.trunkline.session;

import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/** What a session service measures of its database, over all its event loops. Any thread. */
final class DatabaseMeters {
  /** From a statement in Postgres' memory to the longest that one may take. */
  private static final Duration[] BUCKETS =
      Stream.of(1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500)
          .map(Duration::ofMillis)
          .toArray(Duration[]::new);

  private static final double[] BATCHES =
      DoubleStream.iterate(1, size -> size <= 256, size -> 2 * size).toArray();

  /** Connections to Postgres. */
  final LongAdder connections = new LongAdder();

  /** Connections with a statement on its way. */
  final LongAdder busy = new LongAdder();

  /** Statements that wait for a connection. */
  final LongAdder waiting = new LongAdder();

  private final Timer statements;
  private final DistributionSummary appends;
  private final DistributionSummary lookUps;

  DatabaseMeters(MeterRegistry registry) {
    gauge(registry, "trunkline.database.connections", connections, "Connections to Postgres");
    gauge(registry, "trunkline.database.busy", busy, "Those with a statement on its way");
    gauge(registry, "trunkline.database.waiting", waiting, "Statements without a connection yet");
    statements =
        Timer.builder("trunkline.database.statement")
            .description("From a statement's leaving to its answer")
            .serviceLevelObjectives(BUCKETS)
            .register(registry);
    appends = batches(registry, "append");
    lookUps = batches(registry, "lookup");
  }

  /** Of a database whose figures nobody wants. */
  static DatabaseMeters unread() {
    return new DatabaseMeters(new SimpleMeterRegistry());
  }

  void answered(long nanos) {
    statements.record(nanos, TimeUnit.NANOSECONDS);
  }

  /** Entries went to the log together. */
  void appended(int entries) {
    appends.record(entries);
  }

  /** Session ids were looked up together. */
  void lookedUp(int ids) {
    lookUps.record(ids);
  }

  private static void gauge(MeterRegistry registry, String name, LongAdder number, String text) {
    Gauge.builder(name, number, LongAdder::sum).description(text).register(registry);
  }

  private static DistributionSummary batches(MeterRegistry registry, String work) {
    return DistributionSummary.builder("trunkline.batch.items")
        .description("What went to Postgres together")
        .tag("work", work)
        .serviceLevelObjectives(BATCHES)
        .register(registry);
  }
}
