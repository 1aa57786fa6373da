package io.trunkline.node;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import io.vertx.micrometer.Label;
import io.vertx.micrometer.MicrometerMetricsFactory;
import io.vertx.micrometer.MicrometerMetricsOptions;
import java.util.EnumSet;
import java.util.Set;
import java.util.UUID;

/**
 * The meters of one node, as Prometheus reads them: ours ({@code trunkline_*}), those of Vert.x
 * ({@code vertx_*}) and of the JVM. The labels are such that no client can make a new value: no
 * user, channel, address or id, and no HTTP method either, since a client may invent one.
 */
public final class Metrics {
  /** What {@link #scrape} gives: the text format of Prometheus. */
  static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private static final Set<Label> VERTX_LABELS =
      EnumSet.of(Label.HTTP_CODE, Label.POOL_TYPE, Label.POOL_NAME);

  /**
   * What Vert.x would count wrong: it is not told when a connection ends that has become a
   * WebSocket, since our handlers took the channel over.
   */
  private static final String UNTRUE = "vertx.http.server.active";

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  public Metrics() {
    registry.config().meterFilter(MeterFilter.denyNameStartsWith(UNTRUE));
    new FileDescriptorMetrics().bindTo(registry);
  }

  /** Where meters are registered. */
  public MeterRegistry registry() {
    return registry;
  }

  /** Every meter with its value of this moment. Takes milliseconds: not for an event loop. */
  public String scrape() {
    return registry.scrape();
  }

  /** A builder of a Vert.x that counts here. */
  VertxBuilder measure(VertxBuilder builder, VertxOptions options) {
    MicrometerMetricsOptions metrics = new MicrometerMetricsOptions();
    metrics
        .setEnabled(true)
        // One process may have several nodes, and Vert.x keeps registries by name.
        .setRegistryName(UUID.randomUUID().toString())
        .setJvmMetricsEnabled(true)
        .setLabels(VERTX_LABELS);
    MicrometerMetricsFactory factory = new MicrometerMetricsFactory(registry);
    BusMetrics bus = new BusMetrics(registry);
    return builder
        .with(options.setMetricsOptions(metrics))
        .withMetrics(used -> new VertxMeters(factory.metrics(used), bus));
  }
}
