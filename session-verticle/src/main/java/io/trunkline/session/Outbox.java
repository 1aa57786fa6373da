package io.trunkline.session;

import io.trunkline.node.Peers;
import io.trunkline.node.Trace;
import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage.Delivery;
import io.trunkline.protocol.BusMessage.Head;
import io.trunkline.protocol.BusMessage.Heads;
import io.trunkline.protocol.Frames;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.function.Supplier;

/**
 * Frames on their way to the gateways that follow their topic, after the commit.
 *
 * <p>One for each event loop, so that a commit reaches the bus without a lock or a change of
 * thread. Order between event loops is not kept; neither is it between session services, and a
 * gateway puts offsets in order anyway.
 */
final class Outbox {
  private final Vertx vertx;
  private final Directory directory;
  private final Counters counters;
  private final Peers peers;

  /** To be made on the event loop that uses it. */
  Outbox(Vertx vertx, Directory directory, Counters counters) {
    this.vertx = vertx;
    this.directory = directory;
    this.counters = counters;
    this.peers = new Peers(vertx, counters.deliveries(), directory::knows);
  }

  /** Sends the frame, which is built only if somebody follows the topic. */
  void deliver(String topic, long offset, Supplier<byte[]> frame) {
    deliver(topic, offset, frame, Trace.NONE);
  }

  /** As above, for work that may be traced. */
  void deliver(String topic, long offset, Supplier<byte[]> frame, Trace trace) {
    List<String> gateways = directory.followersOf(topic);
    if (gateways.isEmpty()) {
      return;
    }
    Delivery delivery = new Delivery(topic, offset, frame.get());
    String traceparent = trace.isRecorded() ? trace.traceparent() : null;
    gateways.forEach(gateway -> peers.send(gateway, delivery, traceparent));
  }

  /**
   * Sends what was stored. A repeat is a sign that who stored it first may have died before sending
   * it.
   *
   * @param stored an open frame
   */
  void publish(String topic, byte[] stored, Appended appended) {
    publish(topic, stored, appended, Trace.NONE);
  }

  /** As above, for work that may be traced. */
  void publish(String topic, byte[] stored, Appended appended, Trace trace) {
    if (appended.duplicate()) {
      counters.repeated();
      tellHead(topic, appended.offset());
    } else {
      deliver(
          topic,
          appended.offset(),
          () -> Frames.stored(stored, appended.offset(), appended.time()),
          trace);
    }
  }

  /** Tells the followers how far the topic reaches: who has less asks the log. */
  void tellHead(String topic, long offset) {
    Heads heads = new Heads(List.of(new Head(topic, offset)));
    for (String gateway : directory.followersOf(topic)) {
      vertx.eventBus().send(Addresses.gateway(gateway), heads);
    }
  }

  /** Completes {@code promise} when nothing waits and nothing is under way. */
  void drained(Promise<Void> promise) {
    peers.drained(promise);
  }
}
