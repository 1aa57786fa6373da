package io.trunkline.gateway;

import io.trunkline.node.Members;
import io.trunkline.node.Role;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Which topics this gateway node follows, and on which of its event loops. Each session service is
 * told of changes by a {@link DirectoryFeed} of its own and so knows, without asking anybody, which
 * nodes a frame must go to.
 *
 * <p>Confined to the node's context; {@link #follow}, {@link #unfollow} and {@link #hubs} may be
 * called from any hub's loop.
 */
final class Interest implements DirectoryFeed.Owner {
  /**
   * A follower waits no longer than this for the session services to know of it; then the sweep has
   * to do.
   */
  private static final long ANNOUNCE_MILLIS = 1000;

  private static final long HEARTBEAT_MILLIS = 1000;

  /** Session services answer once a second; whoever picks gateways should know after a few. */
  private static final long SHORT_SILENCE = TimeUnit.SECONDS.toNanos(3);

  /**
   * A gateway that no session service has answered for this long serves nobody. Members that are
   * killed are replaced within it, and split clusters are known to be split.
   */
  private static final long SILENCE = TimeUnit.SECONDS.toNanos(10);

  private final Vertx vertx;
  private final Context context;
  private final String node;
  private final Members members;

  /** Differs each time that this process starts. */
  private final long incarnation = System.currentTimeMillis();

  /** Mostly one hub a topic; never an empty list. Changed on the node's context alone. */
  private final ConcurrentMap<String, List<Hub>> hubs = new ConcurrentHashMap<>();

  private final Map<String, DirectoryFeed> feeds = new HashMap<>();
  private final long timer;
  private final Runnable whenCutOff;
  private final Runnable afterDoubt;

  /** Of {@link System#nanoTime}; has a meaning with {@link #everHeard}. */
  private volatile long heardAt;

  private volatile boolean everHeard;

  /**
   * Must be called on the node's context.
   *
   * @param whenCutOff called once a second while {@link #isCutOff}
   * @param afterDoubt called when frames and notices may have been lost for a while
   */
  Interest(Vertx vertx, String node, Members members, Runnable whenCutOff, Runnable afterDoubt) {
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    this.node = node;
    this.members = members;
    this.whenCutOff = whenCutOff;
    this.afterDoubt = afterDoubt;
    members.onChange(() -> context.runOnContext(ignored -> feedMembers()));
    feedMembers();
    timer = vertx.setPeriodic(HEARTBEAT_MILLIS, id -> beat());
  }

  /** Done when every session service knows, on the hub's loop; never fails. */
  Future<Void> follow(String topic, Hub hub) {
    Promise<Void> announced = hub.loop().context().promise();
    context.runOnContext(ignored -> add(topic, hub, announced));
    return announced.future();
  }

  void unfollow(String topic, Hub hub) {
    context.runOnContext(ignored -> remove(topic, hub));
  }

  /** The hubs that follow {@code topic}; any thread. */
  List<Hub> hubs(String topic) {
    return hubs.getOrDefault(topic, List.of());
  }

  @Override
  public Set<String> topics() {
    return hubs.keySet();
  }

  void stop() {
    vertx.cancelTimer(timer);
    feeds.values().forEach(DirectoryFeed::stop);
    feeds.clear();
  }

  private void add(String topic, Hub hub, Promise<Void> announced) {
    List<Hub> here = hubs.get(topic);
    if (here != null) {
      hubs.put(topic, Stream.concat(here.stream(), Stream.of(hub)).toList());
    } else {
      hubs.put(topic, List.of(hub));
      feeds.values().forEach(feed -> feed.add(topic));
    }
    List<Future<Void>> known = feeds.values().stream().map(feed -> feed.whenKnown(topic)).toList();
    Future.join(known)
        .<Void>mapEmpty()
        .timeout(ANNOUNCE_MILLIS, TimeUnit.MILLISECONDS)
        .onComplete(done -> announced.complete());
  }

  private void remove(String topic, Hub hub) {
    List<Hub> left = hubs(topic).stream().filter(other -> other != hub).toList();
    if (!left.isEmpty()) {
      hubs.put(topic, left);
    } else if (hubs.remove(topic) != null) {
      feeds.values().forEach(feed -> feed.remove(topic));
    }
  }

  private void feedMembers() {
    Set<String> services = members.of(Role.SESSION);
    feeds
        .entrySet()
        .removeIf(feed -> !services.contains(feed.getKey()) && stopped(feed.getValue()));
    for (String service : services) {
      feeds.computeIfAbsent(
          service, name -> new DirectoryFeed(vertx, node, incarnation, name, this));
    }
    feeds.values().forEach(DirectoryFeed::send);
  }

  private static boolean stopped(DirectoryFeed feed) {
    feed.stop();
    return true;
  }

  @Override
  public void heard() {
    heardAt = System.nanoTime();
    everHeard = true;
  }

  /** Whether a session service has answered of late; any thread. */
  boolean isHeard() {
    return everHeard && silentFor() < SHORT_SILENCE && !members.of(Role.SESSION).isEmpty();
  }

  /** Whether session services did answer once, and none has for long; any thread. */
  boolean isCutOff() {
    return everHeard && silentFor() >= SILENCE;
  }

  private long silentFor() {
    return System.nanoTime() - heardAt;
  }

  @Override
  public void afterDoubt() {
    afterDoubt.run();
  }

  private void beat() {
    if (isCutOff()) {
      whenCutOff.run();
    }
    feeds.values().forEach(DirectoryFeed::beat);
  }
}
