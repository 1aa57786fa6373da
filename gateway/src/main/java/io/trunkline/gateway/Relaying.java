package io.trunkline.gateway;

import io.trunkline.node.Peers;
import io.trunkline.node.Trace;
import io.trunkline.node.Tracing;
import io.trunkline.protocol.BusMessage.Delivery;
import io.trunkline.protocol.BusMessage.RelaysEnded;
import io.trunkline.protocol.Directive;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Sends messages that are stored nowhere from the gateway of their sender to those of their
 * readers, going for a while by what session services said of who these are. All that a connection
 * publishes goes this way, so it arrives in its order.
 *
 * <p>Confined to its event loop.
 */
final class Relaying {
  /** Topics; beyond them each message is asked for. Some 15 MB, of 25,000 new senders a second. */
  static final int MOST = 50_000;

  private final Loop loop;
  private final String node;

  /** The hubs of this node that follow a topic; any thread. */
  private final Function<String, List<Hub>> hubs;

  private final Peers peers;
  private final Tracing tracing;

  /** By topic, the one that ends first at the front. Those that have ended go when one comes. */
  private final Map<String, Way> ways = new LinkedHashMap<>();

  /** For each session service, the highest version at which it ended any; as many as ever were. */
  private final Map<String, Long> endedAt = new HashMap<>();

  /** The gateways that follow one topic, as a session service said. */
  static final class Way {
    private final String topic;
    private List<String> gateways;

    /** Of the loop's clock. */
    private long until;

    private Way(String topic) {
      this.topic = topic;
    }

    /** Whether to go by it still. */
    boolean holds(long now) {
      return now < until;
    }
  }

  Relaying(Loop loop, String node, Function<String, List<Hub>> hubs, Peers peers, Tracing tracing) {
    this.loop = loop;
    this.node = node;
    this.hubs = hubs;
    this.peers = peers;
    this.tracing = tracing;
  }

  /**
   * What to go by from now on; null where it is for the one request alone.
   *
   * @param askedAt of the loop's clock, when the request came that it answers
   */
  Way learn(Directive.Relay relay, long askedAt) {
    long now = loop.now();
    dropEnded(now);
    long until = askedAt + relay.millis();
    if (until <= now || relay.version() < endedAt.getOrDefault(relay.service(), 0L)) {
      return null;
    }
    // Other connections may hold the way that was there: it is this one from now on.
    Way way = ways.remove(relay.topic());
    if (way == null) {
      if (ways.size() == MOST) {
        return null;
      }
      way = new Way(relay.topic());
    }
    way.gateways = relay.gateways();
    way.until = until;
    ways.put(relay.topic(), way);
    return way;
  }

  private void dropEnded(long now) {
    Iterator<Way> oldest = ways.values().iterator();
    while (oldest.hasNext() && !oldest.next().holds(now)) {
      oldest.remove();
    }
  }

  /** More follow these topics than was said. */
  void ended(RelaysEnded word) {
    endedAt.merge(word.service(), word.version(), Math::max);
    for (String topic : word.topics()) {
      Way way = ways.remove(topic);
      if (way != null) {
        way.until = Long.MIN_VALUE;
      }
    }
  }

  /** Sends a complete frame along a way that holds. */
  void send(Way way, byte[] frame, String traceparent) {
    loop.counts().relayedAtOnce.increment();
    send(way.topic, way.gateways, frame, traceparent);
  }

  /** Sends the complete frame of the request that {@code relay} answers. */
  void send(Directive.Relay relay, byte[] frame) {
    loop.counts().relayedAsked.increment();
    send(relay.topic(), relay.gateways(), frame, relay.traceparent());
  }

  private void send(String topic, List<String> gateways, byte[] frame, String traceparent) {
    Delivery delivery = new Delivery(topic, 0, frame);
    for (Hub hub : hubs.apply(topic)) {
      if (hub.loop() == loop) {
        deliver(hub, delivery, traceparent);
      } else {
        hub.loop().execute(() -> deliver(hub, delivery, traceparent));
      }
    }
    for (String gateway : gateways) {
      if (!gateway.equals(node)) {
        peers.send(gateway, delivery, traceparent);
      }
    }
  }

  private void deliver(Hub hub, Delivery delivery, String traceparent) {
    Trace trace = traceparent == null ? Trace.NONE : tracing.consume("deliver", traceparent);
    hub.deliver(List.of(delivery));
    trace.end();
  }
}
