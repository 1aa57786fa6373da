package io.trunkline.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.trunkline.cluster.Network.Plane;
import io.trunkline.testing.Await;
import io.trunkline.testing.DedicatedPostgres;
import io.trunkline.testing.WebSocketProbe;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The network between nodes fails while they run on, and so do their clients and Postgres. Nodes
 * are processes, each in a network namespace of its own; skipped where there can be none.
 */
class NetworkFaultsTest {
  private static final Logger log = LoggerFactory.getLogger(NetworkFaultsTest.class);

  /** Long past the moment at which everybody has noticed. */
  private static final Duration CUT = Duration.ofSeconds(25);

  /** A gateway sends its clients away after 10 s of silence; looks once a second. */
  private static final Duration SENT_AWAY = Duration.ofSeconds(15);

  /** Hazelcast merges after 5 to 10 s, looks at registrations come every 5 s, and JVMs share. */
  private static final Duration MERGED = Duration.ofSeconds(40);

  /**
   * A lost tail is noticed within 5 s. To read it takes 4 s more where each question about it goes
   * to a service that is cut off, and that may happen twice.
   */
  private static final Duration NOTICED = Duration.ofSeconds(14);

  /** After the network is whole again: two sweeps, a retry or two. */
  private static final Duration HEALED = Duration.ofSeconds(15);

  /** A gateway gives up an attempt after 1.8 s. */
  private static final long LOST_ATTEMPT_MILLIS = 1500;

  private static final int OVERLOADED = 4100;

  private static Vertx vertx;
  private static Network network;
  private static DedicatedPostgres postgres;
  private static ProcessCluster cluster;

  @BeforeAll
  static void start() {
    Optional<String> missing = Network.whatIsMissing();
    assumeTrue(missing.isEmpty(), () -> missing.orElse(""));
    vertx = Vertx.vertx();
    network = Network.open();
    postgres = DedicatedPostgres.start();
    Relay relay = Relay.start(vertx, network.gateway(), postgres.port());
    cluster =
        new ProcessCluster(
            "network",
            2,
            2,
            postgres
                .url()
                .replace("127.0.0.1:" + postgres.port(), network.gateway() + ":" + relay.port()),
            Map.of("TRUNKLINE_REQUEST_RATE", "1000", "TRUNKLINE_DRAIN_SECONDS", "1"),
            network::site);
    cluster.start();
  }

  @AfterAll
  static void stop() {
    if (cluster != null) {
      cluster.close();
    }
    if (postgres != null) {
      postgres.close();
    }
    if (network != null) {
      network.close();
    }
    if (vertx != null) {
      Await.result(vertx.close());
    }
  }

  /** Also after a failure, lest the next test fail for it. */
  @AfterEach
  void mend() {
    if (network != null) {
      network.mendAll();
      cluster.all().forEach(NodeProcess::awaitReady);
    }
  }

  @Test
  void aGatewayCutOffFromTheClusterSendsItsClientsAwayAndHeals() {
    List<String> one = List.of("gateway0");
    List<String> others = List.of("gateway1", "session0", "session1");
    try (Chat chat = chat("cut").start(12, 0)) {
      long begin = System.nanoTime();
      cutCluster(one, others);

      assertThat(chat.asker(0).probe().closeCode(SENT_AWAY)).isEqualTo(OVERLOADED);
      log.info("network_sent_away millis={}", millisSince(begin));
      assertThat(cluster.gateways().get(0).health("ready")).isEqualTo(503);
      assertThat(cluster.gateways().get(0).health("live")).isEqualTo(200);
      assertThat(WebSocketProbe.refused(cluster.wsUri(0), Map.of(), List.of()).status())
          .isEqualTo(503);
      assertThat(chat.online(1)).doesNotContain(chat.user("a", 0));
      chat.progress(100, Duration.ofSeconds(10));
      await(begin, CUT);

      network.mendAll();
      long mended = System.nanoTime();
      cluster.gateways().get(0).awaitReady();
      log.info("network_heal fault=GATEWAY_CUT_OFF millis={}", millisSince(mended));
      chat.connectAsker(0);
      chat.everybodyIsOnline(HEALED);
      assertServesWell(chat);
      chat.audit(HEALED);
    }
  }

  @Test
  void aSplitClusterMergesAndLosesNothing() {
    List<String> left = List.of("gateway0", "session0");
    List<String> right = List.of("gateway1", "session1");
    try (Chat chat = chat("split").start(4, 4)) {
      long begin = System.nanoTime();
      cutCluster(left, right);
      whisperBothWays(chat, begin);
      assertThat(chat.online(0)).doesNotContain(chat.user("l", 1), chat.user("a", 1));
      assertThat(chat.online(1)).doesNotContain(chat.user("l", 0), chat.user("a", 0));

      network.mendAll();
      long mended = System.nanoTime();
      chat.everybodyIsOnline(MERGED);
      log.info("network_heal fault=SPLIT millis={}", millisSince(mended));
      chat.whisper(0, 1, NOTICED);
      chat.whisper(1, 0, NOTICED);
      chat.audit(HEALED);
      assertServesWell(chat);
    }
  }

  @Test
  void aBusCutBetweenAGatewayAndAServiceLosesNothing() {
    List<String> gateway = List.of("gateway0");
    List<String> service = List.of("session0");
    try (Chat chat = chat("bus").start(4, 4)) {
      long begin = System.nanoTime();
      network.cut(Plane.BUS, gateway, service);
      whisperBothWays(chat, begin);
      assertThat(cluster.gateways().get(0).health("ready")).isEqualTo(200);
      assertThat(slowestEchoMillis(chat, 0))
          .as("the service that is cut off is passed over")
          .isLessThan(LOST_ATTEMPT_MILLIS);

      network.mendAll();
      long mended = System.nanoTime();
      chat.everybodyIsOnline(HEALED);
      log.info("network_heal fault=BUS_CUT millis={}", millisSince(mended));
      chat.audit(HEALED);
      assertServesWell(chat);
    }
  }

  private static Chat chat(String name) {
    long seed = Long.getLong("trunkline.chaos.seed", System.nanoTime());
    return new Chat(vertx, cluster, name, seed);
  }

  private static void cutCluster(List<String> one, List<String> other) {
    network.cut(Plane.CLUSTER, one, other);
    network.cut(Plane.BUS, one, other);
  }

  /** As long as the cut lasts: what is stored on one side is noticed on the other. */
  private static void whisperBothWays(Chat chat, long begin) {
    long slowest = 0;
    while (millisSince(begin) < CUT.toMillis()) {
      slowest = Math.max(slowest, chat.whisper(0, 1, NOTICED));
      slowest = Math.max(slowest, chat.whisper(1, 0, NOTICED));
    }
    log.info("network_whispers slowest_millis={}", slowest);
    chat.progress(20, Duration.ofSeconds(10));
  }

  /** Every request is answered, whichever service it goes to. */
  private static void assertServesWell(Chat chat) {
    for (int gateway = 0; gateway < 2; gateway++) {
      for (int i = 0; i < 10; i++) {
        JsonObject answer = chat.asker(gateway).ask("echo", "content", i);
        assertThat(answer.getString("type")).as(answer.encode()).isEqualTo("echo");
      }
    }
  }

  private static long slowestEchoMillis(Chat chat, int gateway) {
    long slowest = 0;
    for (int i = 0; i < 20; i++) {
      long begin = System.nanoTime();
      JsonObject answer = chat.asker(gateway).ask("echo", "content", i);
      assertThat(answer.getString("type")).as(answer.encode()).isEqualTo("echo");
      slowest = Math.max(slowest, millisSince(begin));
    }
    log.info("network_echoes slowest_millis={}", slowest);
    return slowest;
  }

  private static void await(long begin, Duration time) {
    Await.until(() -> millisSince(begin) >= time.toMillis(), time, "the fault lasts");
  }

  private static long millisSince(long begin) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
  }
}
