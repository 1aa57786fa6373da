package io.trunkline.cluster;

import static io.trunkline.cluster.FrameAssert.assertFrame;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Await;
import io.trunkline.testing.TestPostgres;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Each node a JVM of its own, killed with SIGKILL and stopped with SIGTERM under traffic. */
class NodesAsProcessesTest {
  private static final int DRAINING = 4101;

  /** After a SIGKILL, until nobody reckons with the node any more. */
  private static final Duration FORGOTTEN_WITHIN = Duration.ofSeconds(10);

  /** The promise for those who were on a gateway that was killed. */
  private static final Duration GONE_WITHIN = Duration.ofSeconds(5);

  /** Longer than anything that a dead gateway has said is on its way. */
  private static final long NEVER_BACK_MILLIS = 8000;

  /** After the exit of a node that was stopped: what presence holds back, and a busy machine. */
  private static final Duration AT_ONCE = Duration.ofSeconds(4);

  /** The drain, and time to leave the cluster. */
  private static final long STOPPED_WITHIN_MILLIS = 8000;

  private static final int DRAIN_SECONDS = 1;

  /** The protocol's promise, and what a loaded machine adds on the client's side. */
  private static final long ANSWERED_WITHIN_MILLIS = 5500;

  private static ProcessCluster cluster;

  /** In an order that is no order: a gateway alone, then a service, then the rest at once. */
  @BeforeAll
  static void start() {
    cluster =
        new ProcessCluster(
            "processes-" + UUID.randomUUID(),
            2,
            2,
            TestPostgres.freshDatabase(),
            Map.of(
                "TRUNKLINE_DRAIN_SECONDS", String.valueOf(DRAIN_SECONDS),
                "TRUNKLINE_REQUEST_RATE", "100000",
                "TRUNKLINE_REQUEST_BURST", "100000"));
    NodeProcess first = cluster.gateways().get(0);
    first.start();
    Await.until(() -> first.health("live") == 200, Duration.ofSeconds(60), "the gateway is live");
    cluster.services().get(0).start();
    cluster.services().get(0).awaitReady();
    cluster.gateways().get(1).start();
    cluster.services().get(1).start();
    cluster.all().forEach(NodeProcess::awaitReady);
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  /** What a test has ended is there for the next one. */
  @AfterEach
  void startAgain() {
    List<NodeProcess> ended = cluster.all().filter(node -> !node.isAlive()).toList();
    ended.forEach(NodeProcess::start);
    cluster.all().forEach(NodeProcess::awaitReady);
  }

  @Test
  void processesThatStartedInNoOrderAreOneCluster() {
    try (Client alice = client(0, "alice");
        Client bob = client(1, "bob")) {
      assertFrame(alice.write("bob", "hi")).is("ack").has("offset", 1);
      assertFrame(bob.next()).has("message", "hi").has("sender", "alice");
      assertFrame(bob.ask("broadcast", "message", "all")).is("ack");
      assertFrame(alice.next()).is("broadcast");
      awaitOnline(alice, Duration.ofSeconds(5), "alice", "bob");
      awaitOnline(bob, Duration.ofSeconds(5), "alice", "bob");
    }
  }

  @Test
  void killedGatewayIsForgottenAndItsClientsLoseNothingElsewhere() {
    try (Client watcher = client(1, "kill-watcher");
        Client ghost = client(0, "kill-ghost");
        Traffic traffic = traffic("gateway-killed")) {
      awaitOnline(watcher, Duration.ofSeconds(5), "kill-watcher", "kill-ghost");

      cluster.gateways().get(0).kill();

      awaitOnline(watcher, FORGOTTEN_WITHIN, "kill-watcher");
      assertThat(ghost.probe().isOpen()).as("the ghost's connection is open").isFalse();
      assertFrame(watcher.write("kill-ghost", "come back")).is("ack");
      traffic.progress(20);
      traffic.finish().assertNothingLostOrRepeated();
      assertThat(traffic.errors()).as("error frames: %s", traffic).isEmpty();
      assertThat(traffic.lost()).as("connections that moved: %s", traffic).isNotEmpty();
    }
  }

  @Test
  void killedSessionServiceFailsNoRequest() {
    try (Traffic traffic = traffic("service-killed")) {
      cluster.services().get(0).kill();
      traffic.progress(40);

      traffic.finish().assertNothingLostOrRepeated();
      assertThat(traffic.errors()).as("error frames: %s", traffic).isEmpty();
      assertThat(traffic.lost()).as("connections lost: %s", traffic).isEmpty();
      assertThat(traffic.slowestMillis())
          .as("slowest answer: %s", traffic)
          .isLessThan(ANSWERED_WITHIN_MILLIS);
    }
  }

  @Test
  void usersOfAKilledGatewayAreGoneWithinFiveSecondsAndNeverBackButWhoMovesStays() {
    try (Client watcher = client(1, "gone-watcher");
        Client ghost = client(0, "gone-ghost");
        Client mover = client(0, "gone-mover")) {
      watcher.ask("subscribe", "channel", "gone", "presence", true);
      ghost.ask("subscribe", "channel", "gone");
      mover.ask("subscribe", "channel", "gone");
      Await.until(() -> inChannel(watcher).size() == 3, "all three are in the channel");

      cluster.gateways().get(0).kill();
      long killed = System.nanoTime();
      List<JsonArray> seen = new ArrayList<>();
      try (Client moved = client(1, "gone-mover")) {
        moved.ask("subscribe", "channel", "gone");
        Await.until(
            () -> {
              List<JsonArray> now = Stream.generate(() -> inChannel(watcher)).limit(8).toList();
              seen.addAll(now);
              return now.stream().noneMatch(there -> there.contains("gone-ghost"));
            },
            GONE_WITHIN.minusNanos(System.nanoTime() - killed),
            "the ghost is gone, whichever session service is asked");
        long never = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(NEVER_BACK_MILLIS);
        while (System.nanoTime() < never) {
          seen.add(inChannel(watcher));
          assertThat(seen.get(seen.size() - 1)).doesNotContain("gone-ghost");
        }
        assertThat(seen).allMatch(there -> there.contains("gone-mover"));
      }
      assertThat(told(watcher, "left")).containsExactly("gone-ghost");
    }
  }

  private static JsonArray inChannel(Client asking) {
    return asking.ask("presence", "channel", "gone").getJsonArray("users");
  }

  private static List<Object> told(Client watcher, String field) {
    List<Object> names = new ArrayList<>();
    JsonObject frame = watcher.nextOrNull(Duration.ofMillis(1));
    while (frame != null) {
      frame.getJsonArray(field).forEach(names::add);
      frame = watcher.nextOrNull(Duration.ofMillis(1));
    }
    return names;
  }

  @Test
  void stoppedGatewayDrainsAndIsForgottenAtOnce() {
    try (Client watcher = client(1, "term-watcher");
        Client leaver = client(0, "term-leaver");
        Traffic traffic = traffic("gateway-stopped")) {
      awaitOnline(watcher, Duration.ofSeconds(5), "term-watcher", "term-leaver");

      assertStopsInGoodOrder(cluster.gateways().get(0));

      awaitOnline(watcher, AT_ONCE, "term-watcher");
      assertThat(leaver.closeCode()).isEqualTo(DRAINING);
      JsonObject reason = new JsonObject(leaver.probe().closeReason());
      assertThat(reason.getInteger("retry_after_ms")).as(reason.encode()).isBetween(0, 1000);
      traffic.progress(20);
      traffic.finish().assertNothingLostOrRepeated();
      assertThat(traffic.errors()).as("error frames: %s", traffic).isEmpty();
    }
  }

  @Test
  void stoppedSessionServiceFailsNoRequest() {
    try (Traffic traffic = traffic("service-stopped")) {
      assertStopsInGoodOrder(cluster.services().get(1));
      traffic.progress(20);

      traffic.finish().assertNothingLostOrRepeated();
      assertThat(traffic.errors()).as("error frames: %s", traffic).isEmpty();
      assertThat(traffic.lost()).as("connections lost: %s", traffic).isEmpty();
    }
  }

  private static void assertStopsInGoodOrder(NodeProcess node) {
    long began = System.nanoTime();
    assertThat(node.terminate()).as("exit code of %s", node.name()).isZero();
    assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began))
        .as("millis until %s had stopped", node.name())
        .isLessThan(STOPPED_WITHIN_MILLIS);
  }

  private static Client client(int gateway, String user) {
    String id = new ServerApi(cluster.httpPort(gateway)).login(user);
    return Client.connect(cluster.wsUri(gateway), id);
  }

  private static Traffic traffic(String name) {
    List<String> uris = List.of(cluster.wsUri(0), cluster.wsUri(1));
    return Traffic.start(uris, new ServerApi(cluster.httpPort(1)), name, 4);
  }

  /** Until every session service says so of these users, and of no others of the test. */
  private static void awaitOnline(Client asking, Duration within, String... users) {
    JsonArray asked = new JsonArray();
    for (String name : List.of("alice", "bob", "kill-ghost", "kill-watcher")) {
      asked.add(name);
    }
    asked.add("term-leaver").add("term-watcher");
    JsonObject[] last = new JsonObject[1];
    Await.until(
        () -> {
          for (int i = 0; i < 4; i++) {
            last[0] = asking.ask("presence", "users", asked);
            if (!sorted(users).equals(last[0].getJsonArray("users"))) {
              return false;
            }
          }
          return true;
        },
        within,
        "online are " + List.of(users));
  }

  private static JsonArray sorted(String... users) {
    return new JsonArray(List.of(users).stream().sorted().toList());
  }
}
