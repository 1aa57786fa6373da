package io.trunkline.node;

import io.trunkline.protocol.BusMessage.Delivery;
import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.EventBus;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Frames on their way from one event loop to gateways: one bounded queue for each, in the order
 * given, see {@link Peer}. It does not insist: what is lost or shed here a gateway finds in the
 * log, by the hole or by the sweep, where there is a log.
 *
 * <p>Confined to its event loop.
 */
public final class Peers {
  private final Vertx vertx;
  private final Context context;
  private final DeliveryMeters meters;
  private final Predicate<String> there;
  private final Map<String, Peer> peers = new HashMap<>();

  /** Waiting for every queue to be empty; null while nobody does. */
  private Promise<Void> drained;

  /**
   * To be made on the event loop that uses it.
   *
   * @param there whether a gateway is, as far as is known; asked for each batch
   */
  public Peers(Vertx vertx, DeliveryMeters meters, Predicate<String> there) {
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    this.meters = meters;
    this.there = there;
  }

  /**
   * Sends it at the end of this turn, with what else there is for the gateway.
   *
   * @param traceparent W3C trace context where it is traced, else null
   */
  public void send(String gateway, Delivery delivery, String traceparent) {
    Peer peer = peers.get(gateway);
    if (peer == null) {
      peer = new Peer(this, gateway);
      peers.put(gateway, peer);
    }
    peer.add(delivery, traceparent);
  }

  /** Completes {@code promise} when nothing waits and nothing is under way. */
  public void drained(Promise<Void> promise) {
    drained = promise;
    tellWhenDrained();
  }

  EventBus bus() {
    return vertx.eventBus();
  }

  Context context() {
    return context;
  }

  DeliveryMeters meters() {
    return meters;
  }

  /** Whether the gateway is still there. */
  boolean reaches(String gateway) {
    return there.test(gateway);
  }

  /** Called by a peer for which nothing waits and nothing is unconfirmed. */
  void idle(Peer peer) {
    peers.remove(peer.gateway(), peer);
    tellWhenDrained();
  }

  private void tellWhenDrained() {
    if (drained != null && peers.isEmpty()) {
      drained.tryComplete();
      drained = null;
    }
  }
}
