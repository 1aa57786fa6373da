package io.trunkline.session;

import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.BusMessage.RelaysEnded;
import io.trunkline.protocol.Directive;
import io.vertx.core.Future;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * Which gateways were told who follows a topic, so that they send what is stored nowhere by
 * themselves. What they were told holds for {@link #HOLD_MILLIS}, and less when a gateway more
 * comes to follow the topic: then they are told that it is over, before that gateway is told that
 * we know of it. So whoever has read {@code subscribed} gets what is published from then on.
 *
 * <p>One for the service; any thread.
 */
final class Relays {
  /**
   * How long a gateway goes by what it was told. It is also how long a new subscriber may miss
   * messages of a gateway that we cannot tell, less {@link #TELL_MILLIS}. A sender with ten
   * messages a second asks for one in twenty.
   */
  static final int HOLD_MILLIS = 2000;

  /** What a gateway is told may come up to an attempt's time after it was said. */
  private static final long LATE_MILLIS = 1800;

  /** A gateway that is there answers in a millisecond. A subscriber waits for it. */
  static final int TELL_MILLIS = 400;

  /** Topics; beyond them gateways ask each time. Some 20 MB, and 13,000 new ones a second. */
  static final int MOST = 50_000;

  private static final DeliveryOptions OPTIONS = new DeliveryOptions().setSendTimeout(TELL_MILLIS);

  private final EventBus bus;
  private final String service;
  private final Directory directory;
  private final Predicate<String> canRelay;
  private final LongSupplier nanos;

  /**
   * Topic -> gateway -> when what it was told is over, in nanoseconds. The values are changed and
   * read only within {@code compute} of their key.
   */
  private final ConcurrentMap<String, Map<String, Long>> told = new ConcurrentHashMap<>();

  /** Higher than any that this node had when it ran before. */
  private final AtomicLong version = new AtomicLong(System.currentTimeMillis() << 20);

  /**
   * @param canRelay whether a gateway is of a version that can
   * @param nanos as {@link System#nanoTime}
   */
  Relays(
      EventBus bus,
      String service,
      Directory directory,
      Predicate<String> canRelay,
      LongSupplier nanos) {
    this.nanos = nanos;
    this.bus = bus;
    this.service = service;
    this.directory = directory;
    this.canRelay = canRelay;
  }

  /** Whether the gateway sends what is stored nowhere by itself, once it is told to whom. */
  boolean canRelay(String gateway) {
    return canRelay.test(gateway);
  }

  /**
   * Tells {@code gateway} who follows the channel.
   *
   * @param head as in {@link Directive.Relay}
   * @param traceparent as in {@link Directive.Relay}
   */
  Directive.Relay tell(String gateway, Channel channel, byte[] head, String traceparent) {
    String topic = channel.topic();
    // In this order: who changes the directory does it before it looks who was told.
    long current = version.get();
    boolean room = told.size() < MOST;
    if (room) {
      long over = nanos.getAsLong() + (HOLD_MILLIS + LATE_MILLIS) * 1_000_000;
      told.compute(
          topic,
          (name, gateways) -> {
            Map<String, Long> all = gateways == null ? new HashMap<>(2) : gateways;
            all.put(gateway, over);
            return all;
          });
    }
    return new Directive.Relay(
        topic,
        channel.name(),
        head,
        directory.followersOf(topic),
        service,
        current,
        room ? HOLD_MILLIS : 0,
        traceparent);
  }

  /**
   * {@code gateway} has come to follow these topics, and the directory knows it: whoever was told
   * otherwise is told so.
   *
   * @return done once nobody goes by it, or after {@link #TELL_MILLIS}; never fails
   */
  Future<Void> followed(Collection<String> topics, String gateway) {
    Map<String, List<String>> over = new HashMap<>();
    for (String topic : topics) {
      for (String other : forgetOthers(topic, gateway)) {
        over.computeIfAbsent(other, name -> new ArrayList<>()).add(topic);
      }
    }
    if (over.isEmpty()) {
      return Future.succeededFuture();
    }
    long next = version.incrementAndGet();
    List<Future<?>> told = new ArrayList<>();
    over.forEach((name, which) -> told.add(end(name, new RelaysEnded(service, next, which))));
    return Future.join(told).<Void>mapEmpty().otherwiseEmpty();
  }

  /** Drops what is over; to be called now and then. */
  void tick() {
    long now = nanos.getAsLong();
    for (String topic : told.keySet()) {
      told.computeIfPresent(
          topic,
          (name, gateways) -> {
            gateways.values().removeIf(over -> over - now < 0);
            return gateways.isEmpty() ? null : gateways;
          });
    }
  }

  /** Topics of which somebody was told. */
  int size() {
    return told.size();
  }

  /** Who was told but {@code gateway}, which finds its own followers without us. */
  private List<String> forgetOthers(String topic, String gateway) {
    List<String> others = new ArrayList<>();
    told.computeIfPresent(
        topic,
        (name, gateways) -> {
          gateways.keySet().stream().filter(other -> !other.equals(gateway)).forEach(others::add);
          gateways.keySet().retainAll(Set.of(gateway));
          return gateways.isEmpty() ? null : gateways;
        });
    return others;
  }

  private Future<?> end(String gateway, BusMessage word) {
    return bus.request(Addresses.gateway(gateway), word, OPTIONS);
  }
}
