package io.trunkline.session;

import io.trunkline.protocol.BusMessage.Following;
import io.trunkline.protocol.Topics;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who follows what: topic -> gateways, in memory, as the gateways told it. All event loops of the
 * process read it; one writes.
 *
 * <p>It holds what a gateway said last, as long as the gateway is a member of the cluster and goes
 * on saying something. Of a gateway whose changes it missed it asks for everything again.
 */
final class Directory implements Presence {
  private static final Logger log = LoggerFactory.getLogger(Directory.class);

  /** Why what was known of a gateway had to be put right. */
  static final String OUT_OF_SYNC = "out_of_sync";

  static final String LEFT = "left";
  static final String SILENT = "silent";
  static final String RESTARTED = "restarted";

  /** How often {@link #tick} is to be called. Gateways speak once a second at least. */
  static final long TICK_MILLIS = 1000;

  /** A gateway that was not heard for this many ticks is not there, whatever Hazelcast thinks. */
  private static final int MOST_SILENT_TICKS = 6;

  /** What is under way from a gateway that died before so many others did has long come. */
  private static final int MOST_DEAD = 1000;

  /** A gateway with more to tell sends fuller batches; one below this ends the telling. */
  private static final int LAST_BATCH = 1000;

  private final ConcurrentMap<String, List<String>> followers = new ConcurrentHashMap<>();
  private final Whereabouts whereabouts;

  /** Only the writer changes it or looks into the values. */
  private final ConcurrentMap<String, Gateway> gateways = new ConcurrentHashMap<>();

  /** Gets a word for each time that the picture had to be put right. */
  private final Consumer<String> whenCorrected;

  /**
   * The run of each gateway that was a member and is none: what it said last may still be on its
   * way to us, and would let its users come back. The writer's.
   */
  private final Map<String, Long> dead = new LinkedHashMap<>();

  /** Millis of the last tick that counted; the writer's. */
  private long lastTick = Long.MIN_VALUE;

  /** What one gateway follows. */
  private static final class Gateway {
    final long incarnation;
    final Set<String> topics = new HashSet<>();

    /** Followed before the gateway began anew and not told again so far; empty once it is told. */
    final Set<String> stale = new HashSet<>();

    /** The value in {@link #followers} of every topic that this gateway alone follows. */
    final List<String> alone;

    long sequence;
    int silentTicks;
    boolean told;

    Gateway(Following message) {
      incarnation = message.incarnation();
      alone = List.of(message.gateway());
    }
  }

  /** One in which nobody lingers. */
  Directory() {
    this(cause -> {}, new Whereabouts(0, () -> 0));
  }

  /**
   * Tells {@code whenCorrected} why, whenever what it has of a gateway was wrong or had to go; one
   * of a handful of words.
   */
  Directory(Consumer<String> whenCorrected, Whereabouts whereabouts) {
    this.whenCorrected = whenCorrected;
    this.whereabouts = whereabouts;
  }

  /** The gateways that follow {@code topic}. */
  List<String> followersOf(String topic) {
    return followers.getOrDefault(topic, List.of());
  }

  /** Whether deliveries to {@code gateway} make sense. */
  boolean knows(String gateway) {
    return gateways.containsKey(gateway);
  }

  @Override
  public int count() {
    return whereabouts.anywhere().count();
  }

  @Override
  public List<String> users(int limit) {
    return whereabouts.anywhere().first(limit);
  }

  @Override
  public boolean isOnline(String user) {
    return whereabouts.anywhere().has(user);
  }

  @Override
  public int countIn(String channel) {
    return whereabouts.in(channel).count();
  }

  @Override
  public List<String> usersIn(String channel, int limit) {
    return whereabouts.in(channel).first(limit);
  }

  @Override
  public boolean isIn(String channel, String user) {
    return whereabouts.in(channel).has(user);
  }

  @Override
  public List<String> gatewaysOf(String user) {
    return followersOf(Topics.user(user));
  }

  /** Takes a change in; false where something before it is missing. The writer's. */
  boolean apply(Following message) {
    if (Objects.equals(dead.get(message.gateway()), message.incarnation())) {
      return false;
    }
    Gateway gateway = message.reset() ? begin(message) : gateways.get(message.gateway());
    if (gateway == null
        || gateway.incarnation != message.incarnation()
        || gateway.sequence + 1 != message.sequence()) {
      whenCorrected.accept(OUT_OF_SYNC);
      return false;
    }
    gateway.sequence = message.sequence();
    gateway.silentTicks = 0;
    message.removed().forEach(topic -> remove(gateway, topic));
    message.added().forEach(topic -> add(gateway, topic));
    if (message.added().size() < LAST_BATCH) {
      told(gateway);
    }
    return true;
  }

  /** The gateways among {@code members} that have not yet told all that they follow. */
  Set<String> untold(Set<String> members) {
    Set<String> untold = new HashSet<>(members);
    untold.removeIf(name -> gateways.containsKey(name) && gateways.get(name).told);
    return untold;
  }

  /** Forgets gateways that are not members of the cluster. The writer's. */
  void keepOnly(Set<String> members) {
    dead.keySet().removeAll(members);
    for (String name : List.copyOf(gateways.keySet())) {
      if (!members.contains(name)) {
        bury(name, gateways.get(name).incarnation);
        forget(name, LEFT);
      }
    }
  }

  private void bury(String name, long incarnation) {
    if (dead.size() == MOST_DEAD) {
      dead.remove(dead.keySet().iterator().next());
    }
    dead.put(name, incarnation);
  }

  /**
   * A second has passed. Ticks that come in a bunch, as after a standstill of this process, count
   * once: what gateways said meanwhile is still to be read. The writer's.
   */
  void tick(long nowMillis) {
    if (nowMillis < lastTick + TICK_MILLIS / 2) {
      return;
    }
    lastTick = nowMillis;
    Map<String, Gateway> known = new HashMap<>(gateways);
    known.forEach(
        (name, gateway) -> {
          if (++gateway.silentTicks > MOST_SILENT_TICKS) {
            forget(name, SILENT);
          }
        });
  }

  /** What the same process followed before holds on until it has told all, lest users flicker. */
  private Gateway begin(Following message) {
    Gateway before = gateways.get(message.gateway());
    Gateway gateway = new Gateway(message);
    gateway.sequence = message.sequence() - 1;
    if (before != null && before.incarnation == message.incarnation()) {
      gateway.stale.addAll(before.topics);
      gateway.stale.addAll(before.stale);
    } else {
      forget(message.gateway(), RESTARTED);
    }
    gateways.put(message.gateway(), gateway);
    return gateway;
  }

  private void told(Gateway gateway) {
    gateway.told = true;
    gateway.stale.forEach(topic -> unlist(gateway, topic));
    gateway.stale.clear();
  }

  private void forget(String name, String reason) {
    Gateway gateway = gateways.remove(name);
    if (gateway != null) {
      whenCorrected.accept(reason);
      log.info(
          "gateway_forgotten gateway={} reason={} topics={}", name, reason, gateway.topics.size());
      gateway.topics.forEach(topic -> unlist(gateway, topic));
      gateway.stale.forEach(topic -> unlist(gateway, topic));
    }
  }

  private void add(Gateway gateway, String topic) {
    if (gateway.topics.add(topic) && !gateway.stale.remove(topic)) {
      list(gateway, topic);
    }
  }

  private void remove(Gateway gateway, String topic) {
    if (gateway.topics.remove(topic) || gateway.stale.remove(topic)) {
      unlist(gateway, topic);
    }
  }

  private void list(Gateway gateway, String topic) {
    List<String> before = followersOf(topic);
    followers.put(topic, before.isEmpty() ? gateway.alone : with(before, gateway.alone));
    if (before.isEmpty()) {
      whereabouts.followed(topic);
    }
  }

  private void unlist(Gateway gateway, String topic) {
    List<String> left = without(followersOf(topic), gateway.alone.get(0));
    if (!left.isEmpty()) {
      followers.put(topic, left);
      return;
    }
    if (followers.remove(topic) != null) {
      whereabouts.unfollowed(topic);
    }
  }

  private static List<String> with(List<String> names, List<String> more) {
    List<String> all = new ArrayList<>(names);
    all.addAll(more);
    return List.copyOf(all);
  }

  private static List<String> without(List<String> names, String name) {
    return names.stream().filter(other -> !other.equals(name)).toList();
  }
}
