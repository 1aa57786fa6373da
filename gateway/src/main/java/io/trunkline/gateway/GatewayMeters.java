package io.trunkline.gateway;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.trunkline.node.Count;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * The gateway's meters: sums over its event loops, which a scrape reads and nobody keeps. See
 * docs/metrics.md.
 */
final class GatewayMeters {
  private final MeterRegistry registry;
  private final List<Instance> instances;
  private final List<Meter> own = new ArrayList<>();

  private GatewayMeters(MeterRegistry registry, List<Instance> instances) {
    this.registry = registry;
    this.instances = instances;
  }

  /** Called when every instance is there. */
  static GatewayMeters register(MeterRegistry registry, Gateway gateway, List<Instance> instances) {
    GatewayMeters meters = new GatewayMeters(registry, instances);
    meters.connections(gateway);
    meters.requests(gateway);
    meters.traffic();
    meters.closes();
    meters.deliveries();
    return meters;
  }

  /** The gateway has ended, and another may come on the same node. */
  void remove() {
    own.forEach(registry::remove);
  }

  /** How an upgrade ended. */
  static void upgraded(MeterRegistry registry, String result) {
    Counter.builder("trunkline.upgrades")
        .description("WebSocket handshakes")
        .tag("result", result)
        .register(registry)
        .increment();
  }

  private void connections(Gateway gateway) {
    gauge("trunkline.connections", "WebSockets that are open", "endpoint", "ws", Instance::open);
    gauge(
        "trunkline.connections",
        "WebSockets that are open",
        "endpoint",
        "echo",
        Instance::echoesOpen);
    own(
        Gauge.builder("trunkline.connections.waiting", gateway.doors(), Doors::waiting)
            .description("TCP connections that are no WebSocket, or not yet")
            .register(registry));
    own(
        Gauge.builder("trunkline.drain.left", gateway, g -> g.isDraining() ? g.connections() : 0)
            .description("Connections that a gateway that stops has still to send away")
            .register(registry));
    own(
        Gauge.builder("trunkline.balance.surplus", gateway, Gateway::surplus)
            .description("Connections that a gateway has too many and hands over to others")
            .register(registry));
    own(
        Gauge.builder("trunkline.balance.given.up", gateway, g -> g.hasGivenUpBalance() ? 1 : 0)
            .description("1 where handing connections over has not made gateways even")
            .register(registry));
    own(
        Gauge.builder("trunkline.unsent", instances, all -> sum(all, c -> c.unsentBytes))
            .baseUnit(BaseUnits.BYTES)
            .description("Output that clients have not taken")
            .register(registry));
    own(
        Gauge.builder("trunkline.slow.readers", instances, all -> sum(all, c -> c.slowReaders))
            .description("Connections with more unsent output than a replay would add to")
            .register(registry));
  }

  private void requests(Gateway gateway) {
    own(
        Gauge.builder("trunkline.requests.unanswered", gateway.unanswered(), Capacity::taken)
            .baseUnit(BaseUnits.BYTES)
            .description("Requests that have no answer yet")
            .register(registry));
  }

  private void traffic() {
    String frames = "Whole messages and control frames";
    counter("trunkline.frames", frames, "direction", "in", c -> c.framesIn);
    counter("trunkline.frames", frames, "direction", "out", c -> c.framesOut);
    String bytes = "Bytes of WebSockets, headers too, TLS not";
    counter("trunkline.traffic.bytes", bytes, "direction", "in", c -> c.bytesIn);
    counter("trunkline.traffic.bytes", bytes, "direction", "out", c -> c.bytesOut);
  }

  private void closes() {
    String text = "Connections that have ended, by the code of their Close frame";
    for (int code : new Counts().closes().keySet()) {
      counter("trunkline.closes", text, "code", String.valueOf(code), c -> c.closes().get(code));
    }
    counter("trunkline.closes", text, "code", "other", c -> c.otherCloses);
  }

  private void deliveries() {
    String text = "Messages written to their readers";
    counter("trunkline.deliveries", text, "path", "bus", c -> c.fromBus);
    counter("trunkline.deliveries", text, "path", "log", c -> c.fromLog);
    counter("trunkline.deliveries", text, "path", "broadcast", c -> c.broadcasts);
    String relays = "Messages that are stored nowhere, sent on by the gateway of their sender";
    counter("trunkline.relays", relays, "asked", "true", c -> c.relayedAsked);
    counter("trunkline.relays", relays, "asked", "false", c -> c.relayedAtOnce);
    counter("trunkline.holes.filled", "Holes in a topic filled from the log", c -> c.holesFilled);
    counter(
        "trunkline.repeats.dropped",
        "Messages that came over the bus again, and were dropped",
        c -> c.repeatsDropped);
  }

  private void counter(String name, String text, Function<Counts, Count> count) {
    own(
        FunctionCounter.builder(name, instances, all -> sum(all, count))
            .description(text)
            .register(registry));
  }

  private void counter(
      String name, String text, String label, String value, Function<Counts, Count> count) {
    own(
        FunctionCounter.builder(name, instances, all -> sum(all, count))
            .description(text)
            .tag(label, value)
            .register(registry));
  }

  private void gauge(
      String name, String text, String label, String value, Function<Instance, Integer> number) {
    own(
        Gauge.builder(name, instances, all -> all.stream().mapToInt(number::apply).sum())
            .description(text)
            .tag(label, value)
            .register(registry));
  }

  private void own(Meter meter) {
    own.add(meter);
  }

  private static double sum(List<Instance> instances, Function<Counts, Count> count) {
    return instances.stream().mapToLong(i -> count.apply(i.loop().counts()).get()).sum();
  }
}
