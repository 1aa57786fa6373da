package io.trunkline.cluster;

import io.trunkline.testing.DedicatedPostgres;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Breaks one thing after another, as the seed says, and mends each before the next. */
final class ChaosFaults {
  private static final Logger log = LoggerFactory.getLogger(ChaosFaults.class);

  enum Kind {
    KILL_GATEWAY,
    KILL_SERVICE,
    KILL_GATEWAY_AND_SERVICE,
    FREEZE_GATEWAY,
    FREEZE_SERVICE,
    POSTGRES_CRASH,
    POSTGRES_HANG
  }

  /** What was broken: from when to when it could not work. */
  record Fault(Kind kind, long begin, long end) {}

  private final ProcessCluster cluster;
  private final DedicatedPostgres postgres;
  private final Random random;
  private final Duration longestFreeze;
  private final List<Fault> done = new ArrayList<>();

  ChaosFaults(
      ProcessCluster cluster, DedicatedPostgres postgres, Random random, Duration longestFreeze) {
    this.cluster = cluster;
    this.postgres = postgres;
    this.random = random;
    this.longestFreeze = longestFreeze;
  }

  List<Fault> done() {
    return done;
  }

  /** Each kind in turn, in an order of the seed's, until the time is over; then all is mended. */
  void runUntil(long deadline) {
    List<Kind> kinds = new ArrayList<>();
    while (System.nanoTime() < deadline) {
      if (kinds.isEmpty()) {
        kinds.addAll(List.of(Kind.values()));
        java.util.Collections.shuffle(kinds, random);
      }
      pause(500 + random.nextInt(1500));
      Kind kind = kinds.remove(0);
      long begin = System.nanoTime();
      log.info("chaos_fault kind={}", kind);
      long end = inject(kind);
      done.add(new Fault(kind, begin, end));
    }
  }

  /** Returns when it was over; what was killed is up again by then. */
  private long inject(Kind kind) {
    return switch (kind) {
      case KILL_GATEWAY -> kill(List.of(any(cluster.gateways())));
      case KILL_SERVICE -> kill(List.of(any(cluster.services())));
      case KILL_GATEWAY_AND_SERVICE ->
          kill(List.of(any(cluster.gateways()), any(cluster.services())));
      case FREEZE_GATEWAY -> freeze(any(cluster.gateways()));
      case FREEZE_SERVICE -> freeze(any(cluster.services()));
      case POSTGRES_CRASH -> crash();
      case POSTGRES_HANG -> hang();
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

  private static void pause(long millis) {
    try {
      TimeUnit.MILLISECONDS.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
