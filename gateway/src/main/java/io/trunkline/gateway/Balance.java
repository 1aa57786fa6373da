package io.trunkline.gateway;

import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage.GatewayLoad;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands connections over to gateways that have fewer, as after one has joined: a few each second
 * are closed with 4200 and come back, and whoever is in front of the gateways chooses to which. So
 * it takes something in front that gives newcomers to who has few. Off unless asked for; then the
 * gateways tell each other every two seconds how many they have.
 *
 * <p>Nobody is moved who has just come, or who waits for an answer. Confined to the node's context.
 */
final class Balance {
  private static final Logger log = LoggerFactory.getLogger(Balance.class);

  static final long TELL_MILLIS = 2000;
  private static final long MOVE_MILLIS = 1000;

  /** Whoever was moved here, or came by itself, is left alone at first. */
  static final long STAY_MILLIS = 20_000;

  private final Vertx vertx;
  private final String node;
  private final int perSecond;
  private final List<Instance> instances;
  private final Supplier<Set<String>> gateways;
  private final BooleanSupplier ready;
  private final Shares shares;
  private final LongAdder moved = new LongAdder();
  private long tellTimer = -1;
  private long moveTimer = -1;

  /** At the last look; read by any thread. */
  private volatile int surplus;

  private volatile boolean givenUp;

  /**
   * Does nothing before {@link #start}.
   *
   * @param perSecond connections that it hands over each second at most; 0: never any
   * @param gateways names of those in the cluster, this one among them
   * @param ready whether this gateway takes newcomers
   */
  Balance(
      Vertx vertx,
      String node,
      int perSecond,
      List<Instance> instances,
      Supplier<Set<String>> gateways,
      BooleanSupplier ready) {
    this.vertx = vertx;
    this.node = node;
    this.perSecond = perSecond;
    this.instances = instances;
    this.gateways = gateways;
    this.ready = ready;
    this.shares = new Shares(node, now());
  }

  void start() {
    if (perSecond > 0) {
      tellTimer = vertx.setPeriodic(TELL_MILLIS, id -> tell(ready.getAsBoolean()));
      moveTimer = vertx.setPeriodic(MOVE_MILLIS, id -> move());
    }
  }

  /** The others hear at once that this gateway takes nobody any more. */
  void stop() {
    if (perSecond > 0) {
      vertx.cancelTimer(tellTimer);
      vertx.cancelTimer(moveTimer);
      surplus = 0;
      givenUp = false;
      tell(false);
    }
  }

  void heard(GatewayLoad load) {
    shares.heard(load, now());
  }

  /** Connections that it has too many and hands over; 0 while it hands none over. Any thread. */
  int surplus() {
    return surplus;
  }

  /** Whether handing over did not help, so that it has stopped. Any thread. */
  boolean hasGivenUp() {
    return givenUp;
  }

  private void tell(boolean isReady) {
    vertx.eventBus().publish(Addresses.GATEWAY_ALL, new GatewayLoad(node, connections(), isReady));
  }

  private void move() {
    boolean hadGivenUp = givenUp;
    shares.moved(moved.sumThenReset());
    int before = surplus;
    surplus = shares.surplus(gateways.get(), connections(), ready.getAsBoolean(), now());
    if (before == 0 && surplus > 0) {
      log.info("balance_begun connections={} surplus={}", connections(), surplus);
    } else if (before > 0 && surplus == 0) {
      log.info("balance_ended connections={}", connections());
    }
    givenUp = shares.hasGivenUp();
    if (!hadGivenUp && givenUp) {
      log.warn("balance_given_up connections={}", connections());
    }
    share(Math.min(perSecond, surplus));
  }

  /** Each event loop gives in proportion to what it has. */
  private void share(int count) {
    int left = count;
    int among = connections();
    for (Instance instance : instances) {
      int here = instance.open();
      int part = among == 0 ? 0 : (int) Math.ceil((double) left * here / among);
      left -= part;
      among -= here;
      if (part > 0) {
        instance.loop().execute(() -> moved.add(instance.move(part)));
      }
    }
  }

  private int connections() {
    return instances.stream().mapToInt(Instance::open).sum();
  }

  private static long now() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }
}
