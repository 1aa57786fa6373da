package io.trunkline.node;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusCodec;
import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.BusMessage.AskNode;
import io.trunkline.protocol.BusMessage.Done;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.internal.ContextInternal;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One clustered Vert.x: a member of Hazelcast with a name that no other live member has, and an
 * event bus that carries {@link io.trunkline.protocol.BusMessage}. Refuses to join under a name
 * that is taken.
 */
public final class Node {
  private static final Logger log = LoggerFactory.getLogger(Node.class);

  /** A killed predecessor of the same name is out of the cluster by then. */
  private static final Duration NAME_WAIT = Duration.ofSeconds(10);

  private static final Duration NAME_POLL = Duration.ofMillis(100);

  /** A question to ourselves takes a millisecond; the first between two new nodes up to 1.6 s. */
  private static final Duration ASK_TIMEOUT = Duration.ofSeconds(2);

  /** Registrations spread while the cluster forms, so a first question may get lost. */
  private static final int SELF_ATTEMPTS = 5;

  /** A peer that hangs is noticed after ping interval and reply interval: 5 s, by default 40. */
  private static final Duration PING_INTERVAL = Duration.ofSeconds(2);

  private static final Duration PING_REPLY = Duration.ofSeconds(3);

  /** Requests are retried after about 2 s, so a connection that takes longer is of no use. */
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);

  private final ClusterSettings settings;
  private final Vertx vertx;
  private final Members members;
  private final Cluster cluster;
  private final RegistrationWatch watch;
  private final Reach reach;
  private final Metrics metrics;
  private final Tracing tracing;
  private final History history = new History();

  /** Whether the cluster was seen to hold all its copies since this node joined. */
  private volatile boolean settled;

  private Node(
      ClusterSettings settings,
      Vertx vertx,
      Members members,
      Cluster cluster,
      Metrics metrics,
      Tracing tracing) {
    this.settings = settings;
    this.vertx = vertx;
    this.members = members;
    this.cluster = cluster;
    this.watch = new RegistrationWatch(vertx, cluster);
    this.reach = new Reach(vertx, cluster, members);
    this.metrics = metrics;
    this.tracing = tracing;
  }

  /**
   * Joins the cluster, or forms one where nobody answers. Completes when the cluster is joined and
   * the bus reaches this node through a clustered address; fails with {@link StartFailed} when the
   * address or the name is taken.
   */
  public static Future<Node> join(ClusterSettings settings, Role role) {
    return join(settings, role, NAME_WAIT);
  }

  static Future<Node> join(ClusterSettings settings, Role role, Duration nameWait) {
    UnsafeWarnings.silence();
    return Future.<Tracing>future(
            begun -> begun.complete(Tracing.start(role, settings.nodeName(), System.getenv())))
        .compose(tracing -> join(settings, role, nameWait, tracing));
  }

  private static Future<Node> join(
      ClusterSettings settings, Role role, Duration nameWait, Tracing tracing) {
    return startHazelcast(settings, role, nameWait)
        .compose(members -> startVertx(settings, members, tracing))
        .compose(Node::reachSelf);
  }

  public Vertx vertx() {
    return vertx;
  }

  public String name() {
    return settings.nodeName();
  }

  public Members members() {
    return members;
  }

  /**
   * A context on the event loop on which the bus reads what other nodes send, and writes to them.
   * Whatever mostly deals with other nodes lives best there.
   */
  public ContextInternal busContext() {
    return cluster.busContext();
  }

  /** How many event loops there are, and so how many instances of a verticle are worth it. */
  public int eventLoops() {
    return settings.eventLoops();
  }

  /** Everything that is measured on this node. */
  public Metrics metrics() {
    return metrics;
  }

  /** What this node measured over the last minutes. */
  public History history() {
    return history;
  }

  /** What this node tells of its work, where somebody wants to know. */
  public Tracing tracing() {
    return tracing;
  }

  /** How often this node found what Hazelcast or Vert.x had lost or kept too long. */
  long registrationRepairs() {
    return watch.repairs();
  }

  /**
   * Calls {@code listener} when another node has left, was found dead, or does not answer over the
   * bus any more: what was asked of it gets no answer, and what is asked from then on goes to
   * others. Not on the listener's context, and it must not block.
   */
  public void onNodeLost(Runnable listener) {
    reach.onLost(listener);
  }

  /**
   * Calls {@code listener}, once, when this node has been without a way back into its cluster for a
   * minute: it serves nobody, and only a restart helps. On an event loop, so it must not block.
   */
  public void onStranded(Runnable listener) {
    Stranded.watch(vertx, this::inCluster, this::registrationLooks, listener);
  }

  /** How often Hazelcast has told this node all registrations. */
  long registrationLooks() {
    return watch.looks();
  }

  /** Compares and repairs now; for tests. */
  Future<Void> lookAtRegistrations() {
    return watch.look();
  }

  /** Leaves the cluster, so that nobody waits for this node any more, and closes Vert.x. */
  public Future<Void> leave() {
    reach.stop();
    watch.stop();
    return vertx.close().eventually(tracing::close);
  }

  /**
   * What {@code serving} brings; where it fails, this node has left the cluster before that is
   * told. Belongs to no event loop, as there are none any more by then.
   */
  public <T> Future<T> orLeave(Future<T> serving) {
    Promise<T> outcome = Promise.promise();
    serving
        .onSuccess(outcome::complete)
        .onFailure(failure -> leave().onComplete(left -> outcome.fail(failure)));
    return outcome.future();
  }

  /**
   * Whether this node is in the cluster, and the only one of its name: one that was replaced while
   * it was frozen, and thaws, is not.
   */
  Future<Void> inCluster() {
    Optional<Member> other = members.namesake();
    if (other.isPresent()) {
      return Future.failedFuture(taken(other.get()));
    }
    return members.joined()
        ? Future.succeededFuture()
        : Future.failedFuture("this node is in no cluster");
  }

  /**
   * As {@link #inCluster}; and, once since this node joined, every copy of what the cluster keeps
   * was where it belongs. So whoever replaces nodes one by one, and waits for each to be ready,
   * never takes the last copies away. Later changes don't matter: a node that is ready stays so
   * while another joins.
   */
  Future<Void> inSettledCluster() {
    return inCluster().compose(in -> settled ? Future.succeededFuture() : settle());
  }

  private Future<Void> settle() {
    return vertx
        .executeBlocking(() -> members.hazelcast().getPartitionService().isClusterSafe(), false)
        .compose(
            safe -> {
              settled |= safe;
              return safe
                  ? Future.succeededFuture()
                  : Future.failedFuture("the cluster is still copying to this node");
            });
  }

  /** Whether a request to this node's own clustered address comes back in time. */
  Future<Void> ping() {
    return ask(name());
  }

  private static Future<Members> startHazelcast(
      ClusterSettings settings, Role role, Duration nameWait) {
    Promise<Members> started = Promise.promise();
    // There is no Vert.x yet whose worker could wait for Hazelcast.
    Thread thread =
        new Thread(
            () -> {
              try {
                started.complete(startHazelcastBlocking(settings, role, nameWait));
              } catch (Exception e) {
                started.fail(e);
              }
            },
            "trunkline-join");
    thread.start();
    return started.future();
  }

  private static Members startHazelcastBlocking(
      ClusterSettings settings, Role role, Duration nameWait) throws Exception {
    HazelcastInstance hazelcast;
    log.info(
        "cluster_joining node={} address={}:{} bus_tls={} members={}",
        settings.nodeName(),
        settings.clusterHost(),
        settings.clusterPort(),
        settings.busTls() != null,
        settings.clusterMembers().isEmpty() ? "none" : settings.clusterMembers());
    try {
      hazelcast = Hazelcast.newHazelcastInstance(HazelcastSettings.of(settings, role));
    } catch (Exception e) {
      String address = settings.clusterHost() + ":" + settings.clusterPort();
      throw new StartFailed("cannot join the cluster at " + address + ": " + e.getMessage(), e);
    }
    try {
      Members members = new Members(hazelcast);
      awaitName(members, nameWait);
      return members;
    } catch (Exception e) {
      hazelcast.shutdown();
      throw e;
    }
  }

  private static void awaitName(Members members, Duration nameWait) throws InterruptedException {
    long deadline = System.nanoTime() + nameWait.toNanos();
    for (var other = members.namesake(); other.isPresent(); other = members.namesake()) {
      if (System.nanoTime() > deadline) {
        throw new StartFailed(taken(other.get()));
      }
      Thread.sleep(NAME_POLL.toMillis());
    }
  }

  private static String taken(Member other) {
    String name = other.getAttribute(Members.NAME_ATTRIBUTE);
    return "node name '" + name + "' is taken by the member at " + other.getAddress();
  }

  private static Future<Node> startVertx(
      ClusterSettings settings, Members members, Tracing tracing) {
    Cluster cluster = new Cluster(members.hazelcast());
    Metrics metrics = new Metrics();
    return metrics
        .measure(Vertx.builder(), vertxOptions(settings))
        .withTransport(GatheringTransport.create())
        .withClusterManager(cluster)
        .buildClustered()
        .map(vertx -> new Node(settings, vertx, members, cluster, metrics, tracing))
        .onFailure(failure -> members.hazelcast().shutdown())
        .recover(failure -> Future.failedFuture(noBus(settings, failure)));
  }

  private static StartFailed noBus(ClusterSettings settings, Throwable failure) {
    String address = settings.busHost() + ":" + settings.busPort();
    return new StartFailed(
        "cannot start the event bus at " + address + ": " + failure.getMessage(), failure);
  }

  private static VertxOptions vertxOptions(ClusterSettings settings) {
    EventBusOptions bus =
        new EventBusOptions()
            .setHost(settings.busHost())
            .setPort(settings.busPort())
            .setTcpNoDelay(true)
            .setConnectTimeout((int) CONNECT_TIMEOUT.toMillis())
            // Who asked asks again; waiting writes would pile up without bound.
            .setReconnectAttempts(0)
            .setClusterPingInterval(PING_INTERVAL.toMillis())
            .setClusterPingReplyInterval(PING_REPLY.toMillis());
    if (settings.busTls() != null) {
      settings.busTls().addTo(bus);
    }
    return new VertxOptions().setEventLoopPoolSize(settings.eventLoops()).setEventBusOptions(bus);
  }

  private Future<Node> reachSelf() {
    BusCodec.register(vertx.eventBus());
    return vertx
        .eventBus()
        .<BusMessage>consumer(
            Addresses.node(name()), message -> message.reply(answer(message.body())))
        .completion()
        .compose(registered -> pingUntil(SELF_ATTEMPTS))
        .compose(reached -> new Greeting(this).all())
        .map(this)
        .onSuccess(node -> watch.start())
        .onSuccess(node -> reach.start())
        .onSuccess(node -> measure())
        .onSuccess(
            node -> log.info("cluster_joined node={} members={}", name(), members.all().size()))
        .onFailure(failure -> leave().onFailure(e -> log.warn("leave_failed", e)));
  }

  private BusMessage answer(BusMessage question) {
    return question instanceof AskNode asked ? history.report(asked.samples()) : new Done();
  }

  private void measure() {
    FunctionCounter.builder("trunkline.registrations.repaired", watch, RegistrationWatch::repairs)
        .description("What Hazelcast or Vert.x had lost or kept too long, and was put right")
        .register(metrics.registry());
    Gauge.builder("trunkline.cluster.members", members, all -> all.all().size())
        .description("Members of the cluster, this one too")
        .register(metrics.registry());
    LongSupplier lag = LoopLag.watch(EventLoops.of(vertx, eventLoops()), metrics.registry());
    history.add("loop_lag_micros", lag);
    history.start(vertx);
  }

  private Future<Void> pingUntil(int attempts) {
    return ping()
        .recover(failure -> attempts > 1 ? pingUntil(attempts - 1) : Future.failedFuture(failure));
  }

  /** Whether the node of this name answers over the bus in time. */
  Future<Void> ask(String node) {
    DeliveryOptions options = new DeliveryOptions().setSendTimeout(ASK_TIMEOUT.toMillis());
    return vertx.eventBus().request(Addresses.node(node), new Done(), options).mapEmpty();
  }
}
