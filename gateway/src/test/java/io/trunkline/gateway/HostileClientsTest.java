package io.trunkline.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.internal.PlatformDependent;
import io.trunkline.testing.Await;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hostile clients of every kind at once, on a gateway with 200 good ones: none of these notices,
 * and afterwards nothing is left of the others.
 */
class HostileClientsTest {
  private static final Logger log = LoggerFactory.getLogger(HostileClientsTest.class);

  private static final int GOOD_CLIENTS = 200;

  /** As long as it takes for classes to be loaded, buffers pooled and code compiled. */
  private static final Duration WARM_UP = Duration.ofSeconds(3);

  private static final Duration ATTACK =
      Duration.ofSeconds(Integer.getInteger("trunkline.hostile.seconds", 8));

  private static final long TURN_MILLIS = 50;

  /** Of an attacker: mere volume would show the bounds of two cores, and not of the gateway. */
  private static final long PAUSE_MILLIS = 100;

  /** Both sides share the machine with whatever else runs; who waits for another never gets it. */
  private static final long LATENCY_P99_MILLIS = 3000;

  /** Above what those have at once who may have it: unsent output, and what the pools round up. */
  private static final long DIRECT_PEAK_BYTES = 64L << 20;

  /** What pools and caches keep, and what the JVM's own threads do meanwhile. */
  private static final long LEFT_OVER_BYTES = 16L << 20;

  @RegisterExtension
  static final Rig rig =
      new Rig(
          "COMPRESSION", "true",
          "HANDSHAKE_SECONDS", "1",
          "MAX_UNSENT_BYTES", "131072",
          "MAX_LOOP_LAG_MILLIS", "60000",
          "MAX_CONNECTIONS_PER_USER", "1000");

  private final Map<HostileClient, Integer> attacks = new ConcurrentHashMap<>();
  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

  @Test
  void noGoodClientNoticesAndNothingIsLeft() throws Exception {
    long seed = Long.getLong("trunkline.hostile.seed", System.nanoTime());
    log.info("hostile_clients seed={}", seed);
    GoodClients good = new GoodClients(rig, GOOD_CLIENTS);
    attack(good, WARM_UP, seed);
    awaitGoodOnesAlone(good);
    long heap = heapAfterGc();
    long direct = directBytes();
    good.forgetLatencies();
    long peak = attack(good, ATTACK, seed + 1);
    awaitGoodOnesAlone(good);
    log.info(
        "hostile_clients p99_millis={} direct_peak={} direct_left={} attacks={}",
        good.latencyMillis(0.99),
        peak - direct,
        directBytes() - direct,
        attacks);
    assertThat(attacks).containsOnlyKeys(HostileClient.values());
    assertThat(good.latencyMillis(0.99)).isLessThan(LATENCY_P99_MILLIS);
    assertThat(peak - direct).as("direct memory at the peak").isLessThan(DIRECT_PEAK_BYTES);
    assertThat(directBytes() - direct).as("direct memory left").isLessThan(LEFT_OVER_BYTES);
    assertThat(heapAfterGc() - heap).as("heap left").isLessThan(LEFT_OVER_BYTES);
  }

  /** Every kind of client by a thread of its own, one after another; the most direct memory. */
  private long attack(GoodClients good, Duration time, long seed) throws InterruptedException {
    long end = System.nanoTime() + time.toNanos();
    List<Thread> attackers = new ArrayList<>();
    for (HostileClient kind : HostileClient.values()) {
      Random random = new Random(seed + kind.name().hashCode());
      attackers.add(new Thread(() -> attackUntil(end, kind, random), kind.name()));
    }
    attackers.forEach(Thread::start);
    long peak = 0;
    while (attackers.stream().anyMatch(Thread::isAlive)) {
      good.turn();
      rig.service().reset(); // or it would remember all that was asked
      peak = Math.max(peak, directBytes());
      TimeUnit.MILLISECONDS.sleep(TURN_MILLIS);
    }
    assertThat(failures).as("attacks that the gateway did not deal with as it should").isEmpty();
    return peak;
  }

  private void attackUntil(long end, HostileClient kind, Random random) {
    try {
      do {
        kind.attack(rig, random);
        attacks.merge(kind, 1, Integer::sum);
        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
      } while (System.nanoTime() < end);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | AssertionError e) {
      failures.add(new AssertionError(kind.name(), e));
    }
  }

  private static void awaitGoodOnesAlone(GoodClients good) {
    Await.until(good::haveEverything, "every good client has had everything");
    Await.until(
        () -> rig.gateway().connections() == good.count() && rig.gateway().doors().waiting() == 0,
        "the hostile ones are gone");
  }

  private static long heapAfterGc() {
    rig.service().reset();
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  /** All that Netty has, for whichever pool: a connection's buffers and those for many differ. */
  private static long directBytes() {
    long bytes = PlatformDependent.usedDirectMemory();
    assertThat(bytes).as("Netty counts it").isNotNegative();
    return bytes;
  }
}
