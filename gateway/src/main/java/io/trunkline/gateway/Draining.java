package io.trunkline.gateway;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a gateway drains: it takes no new client, is not ready, and sends those it has away. It
 * does before it stops, and while an operator wants it to. Any thread.
 */
final class Draining {
  private static final Logger log = LoggerFactory.getLogger(Draining.class);

  private final Vertx vertx;
  private final List<Instance> instances;
  private final int seconds;

  private volatile boolean on;

  /** The newest; null while {@link #gone} is. */
  private Drain drain;

  /** Completes when that one is done; null while it takes clients. */
  private Future<Void> gone;

  private boolean forGood;

  Draining(Vertx vertx, List<Instance> instances, int seconds) {
    this.vertx = vertx;
    this.instances = instances;
    this.seconds = seconds;
  }

  boolean isOn() {
    return on;
  }

  /**
   * Once more while it drains changes nothing. Done when all are gone, or will not in good time.
   */
  synchronized Future<Void> begin() {
    if (gone == null) {
      on = true;
      log.info("drain_begun connections={} seconds={}", connections(), seconds);
      Drain begun = new Drain(vertx, instances, seconds);
      drain = begun;
      gone = begun.run().onSuccess(done -> done(begun));
    }
    return gone;
  }

  /** One that was taken back comes to its end as well, but has not drained anything. */
  private synchronized void done(Drain which) {
    if (which == drain) {
      log.info("drain_done connections={}", connections());
    }
  }

  /** As {@link #begin}, and nobody can {@link #end} it. */
  synchronized Future<Void> beginForGood() {
    forGood = true;
    return begin();
  }

  /** Takes clients again; whether it does, which a gateway that stops will not. */
  synchronized boolean end() {
    if (gone != null && !forGood) {
      drain.stop();
      drain = null;
      gone = null;
      on = false;
      log.info("drain_ended connections={}", connections());
    }
    return !on;
  }

  /** WebSockets open now, on this node. */
  int connections() {
    return instances.stream().mapToInt(Instance::connectionsOpen).sum();
  }
}
