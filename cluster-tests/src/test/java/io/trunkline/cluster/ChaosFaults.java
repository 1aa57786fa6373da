package io.trunkline.cluster;

import io.trunkline.testing.Await;
import io.trunkline.testing.DedicatedPostgres;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Breaks one thing after another, as the seed says, and mends each before the next. */
final class ChaosFaults {
  private static final Logger log = LoggerFactory.getLogger(ChaosFaults.class);

  /** Nodes notice within 5 s that the others do not answer. */
  private static final int LONGEST_CUT_MILLIS = 6000;

  enum Kind {
    KILL_GATEWAY,
    KILL_SERVICE,
    KILL_GATEWAY_AND_SERVICE,
    KILL_BOTH_SERVICES,
    FREEZE_GATEWAY,
    FREEZE_SERVICE,
    POSTGRES_CRASH,
    POSTGRES_HANG,
    BUS_CUT,
    SPLIT;

    /** Needs a network whose parts can be cut off from each other. */
    boolean cutsNetwork() {
      return this == BUS_CUT || this == SPLIT;
    }
  }

  /**
   * What was broken: from when to when it could not work.
   *
   * @param alone whether the next fault waited until this one was healed
   */
  record Fault(Kind kind, long begin, long end, boolean alone) {}

  /** One fault in so many is followed by the next while it may not be healed. */
  private static final int ONE_IN_SO_MANY_OVERLAPS = 3;

  private static final Duration HEAL = Duration.ofSeconds(20);

  private final ChaosJournal journal;
  private final ProcessCluster cluster;
  private final DedicatedPostgres postgres;
  private final Random random;
  private final Duration longestFreeze;

  /** Null where the network cannot be cut. */
  private final Network network;

  private final List<Kind> possible;
  private final List<Fault> done = new ArrayList<>();

  /**
   * @param network null where it cannot be cut; those faults are then left out
   * @param wanted the kinds to choose from
   */
  ChaosFaults(
      ChaosJournal journal,
      ProcessCluster cluster,
      DedicatedPostgres postgres,
      Network network,
      Random random,
      Duration longestFreeze,
      Collection<Kind> wanted) {
    this.journal = journal;
    this.cluster = cluster;
    this.postgres = postgres;
    this.network = network;
    this.random = random;
    this.longestFreeze = longestFreeze;
    this.possible = wanted.stream().filter(kind -> network != null || !kind.cutsNetwork()).toList();
  }

  List<Fault> done() {
    return done;
  }

  /** Each kind in turn, in an order of the seed's, until the time is over; then all is mended. */
  void runUntil(long deadline) {
    List<Kind> kinds = new ArrayList<>();
    while (System.nanoTime() < deadline) {
      if (kinds.isEmpty()) {
        kinds.addAll(possible);
        Collections.shuffle(kinds, random);
      }
      pause(500 + random.nextInt(1500));
      Kind kind = kinds.remove(0);
      long begin = System.nanoTime();
      log.info("chaos_fault kind={}", kind);
      boolean alone = random.nextInt(ONE_IN_SO_MANY_OVERLAPS) != 0;
      long end = inject(kind);
      done.add(new Fault(kind, begin, end, alone));
      if (alone) {
        awaitHealed(end);
      }
    }
  }

  private void awaitHealed(long end) {
    try {
      Await.until(() -> journal.hasArrived(end), HEAL, "what was sent before has arrived");
    } catch (AssertionError late) {
      log.warn("chaos_not_healed {}", late.getMessage());
    }
  }

  /** Returns when it was over; what was killed is up again by then. */
  private long inject(Kind kind) {
    return switch (kind) {
      case KILL_GATEWAY -> kill(List.of(any(cluster.gateways())));
      case KILL_SERVICE -> kill(List.of(any(cluster.services())));
      case KILL_GATEWAY_AND_SERVICE ->
          kill(List.of(any(cluster.gateways()), any(cluster.services())));
      case KILL_BOTH_SERVICES -> killAll(cluster.services());
      case FREEZE_GATEWAY -> freeze(any(cluster.gateways()));
      case FREEZE_SERVICE -> freeze(any(cluster.services()));
      case POSTGRES_CRASH -> crash();
      case POSTGRES_HANG -> hang();
      case BUS_CUT -> cutBus();
      case SPLIT -> split();
    };
  }

  private NodeProcess any(List<NodeProcess> nodes) {
    return nodes.get(random.nextInt(nodes.size()));
  }

  /** The others are there all the time, so a kill is over at once. */
  private long kill(List<NodeProcess> nodes) {
    nodes.forEach(NodeProcess::kill);
    long end = System.nanoTime();
    nodes.forEach(NodeProcess::start);
    nodes.forEach(NodeProcess::awaitReady);
    return end;
  }

  /** Nobody can serve before one is up again. */
  private static long killAll(List<NodeProcess> services) {
    services.forEach(NodeProcess::kill);
    services.forEach(NodeProcess::start);
    services.forEach(NodeProcess::awaitReady);
    return System.nanoTime();
  }

  private long freeze(NodeProcess node) {
    node.freeze();
    pause(1000 + random.nextInt((int) longestFreeze.toMillis()));
    node.thaw();
    long end = System.nanoTime();
    node.awaitReady();
    return end;
  }

  private long crash() {
    postgres.stopImmediately();
    pause(500 + random.nextInt(2000));
    postgres.startAgain();
    return System.nanoTime();
  }

  private long hang() {
    postgres.pause();
    pause(1000 + random.nextInt(5000));
    postgres.resume();
    return System.nanoTime();
  }

  /** Between one gateway and one service; Hazelcast does not notice. */
  private long cutBus() {
    network.cut(
        Network.Plane.BUS,
        List.of(cluster.roleOf(any(cluster.gateways()))),
        List.of(cluster.roleOf(any(cluster.services()))));
    return mendAfter(3000 + random.nextInt(LONGEST_CUT_MILLIS));
  }

  /** Each part has a service and at least one gateway. */
  private long split() {
    List<String> one = roles(cluster.gateways().subList(0, 1), cluster.services().subList(0, 1));
    List<String> other =
        roles(
            cluster.gateways().subList(1, cluster.gateways().size()),
            cluster.services().subList(1, cluster.services().size()));
    network.cut(Network.Plane.CLUSTER, one, other);
    network.cut(Network.Plane.BUS, one, other);
    return mendAfter(6000 + random.nextInt(LONGEST_CUT_MILLIS));
  }

  private List<String> roles(List<NodeProcess> gateways, List<NodeProcess> services) {
    return Stream.concat(gateways.stream(), services.stream()).map(cluster::roleOf).toList();
  }

  private long mendAfter(long millis) {
    pause(millis);
    network.mendAll();
    long end = System.nanoTime();
    cluster.all().forEach(NodeProcess::awaitReady);
    return end;
  }

  private static void pause(long millis) {
    try {
      TimeUnit.MILLISECONDS.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
