package io.trunkline.cluster;

import static io.trunkline.cluster.FrameAssert.assertFrame;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.cluster.LocalCluster.LocalGateway;
import io.trunkline.cluster.LocalCluster.LocalService;
import io.trunkline.testing.Await;
import io.trunkline.testing.HttpAnswer;
import io.trunkline.testing.WebSocketProbe;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Nodes that join a cluster that is at work, and nodes that leave it in good order. */
class NodesComeAndGoTest {
  private static final int DRAINING = 4101;

  /** A request that was lost on its way is asked again after 1.8 s; none may be. */
  private static final long FASTER_THAN_A_RETRY_MILLIS = 1700;

  @RegisterExtension static final LocalCluster cluster = LocalCluster.of(2, 1);

  @Test
  void gatewayThatJoinsLaterTakesPartInEverything() {
    Client alice = cluster.client(0, "join-alice");
    LocalGateway late = cluster.addGateway(Map.of());
    try {
      Client bob = cluster.client(late, "join-bob");

      assertFrame(alice.write("join-bob", "hi")).is("ack").has("offset", 1);
      assertFrame(bob.next()).is("private_message").has("message", "hi");
      assertFrame(bob.write("join-alice", "ho")).is("ack").has("offset", 1);
      assertFrame(alice.next()).is("private_message").has("message", "ho");
      assertFrame(alice.ask("broadcast", "message", "all")).is("ack");
      assertFrame(bob.next()).is("broadcast").has("message", "all");
      assertOnline(alice, List.of("join-alice", "join-bob"));
      assertOnline(bob, List.of("join-alice", "join-bob"));
    } finally {
      cluster.remove(late);
    }
  }

  @Test
  void gatewayThatStopsSendsItsClientsAwayAndNothingIsLost() {
    LocalGateway leaving = cluster.addGateway(Map.of());
    Client alice = cluster.client(0, "leave-alice");
    String bob = leaving.api().login("leave-bob");
    List<Client> sentAway = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      sentAway.add(cluster.keep(Client.connect(leaving.wsUri(), bob)));
    }
    assertOnline(alice, List.of("leave-alice", "leave-bob"));

    Future<Void> stopping = leaving.stop();

    for (Client client : sentAway) {
      assertThat(client.closeCode()).isEqualTo(DRAINING);
      JsonObject reason = new JsonObject(client.probe().closeReason());
      assertThat(reason.getInteger("retry_after_ms")).as(reason.encode()).isBetween(0, 1000);
    }
    assertOnline(alice, List.of("leave-alice"));
    assertFrame(alice.write("leave-bob", "while away")).is("ack").has("offset", 1);
    Await.result(stopping, LocalCluster.PATIENCE);
    cluster.gateways().remove(leaving);

    Client back = cluster.keep(Client.connect(cluster.gateway(1).wsUri(), bob));
    assertFrame(back.next()).is("private_message").has("message", "while away");
    assertOnline(alice, List.of("leave-alice", "leave-bob"));
  }

  @Test
  void drainingGatewayRefusesNewConnections() {
    LocalGateway leaving = cluster.addGateway(Map.of("TRUNKLINE_DRAIN_SECONDS", "2"));
    String id = leaving.api().login("drain");
    List<Client> many = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      many.add(cluster.keep(Client.connect(leaving.wsUri(), leaving.api().login("drain-" + i))));
    }

    Future<Void> stopping = leaving.stop();
    HttpAnswer refused =
        WebSocketProbe.refused(leaving.wsUri(), Map.of("Authorization", "Bearer " + id), List.of());

    assertThat(refused.status()).as(refused.toString()).isEqualTo(503);
    assertThat(refused.header("retry-after")).as(refused.toString()).isNotNull();
    many.forEach(client -> assertThat(client.closeCode()).isEqualTo(DRAINING));
    Await.result(stopping, LocalCluster.PATIENCE);
    cluster.gateways().remove(leaving);
  }

  @Test
  void sessionServicesComeAndGoUnderTrafficWithoutOneFailedRequest() {
    List<String> uris = cluster.gateways().stream().map(LocalGateway::wsUri).toList();
    try (Traffic traffic = Traffic.start(uris, cluster.gateway(0).api(), "steady", 6)) {
      LocalService first = cluster.service(0);
      cluster.addService();
      traffic.progress(30);
      cluster.remove(first);
      traffic.progress(30);
      LocalService second = cluster.service(0);
      cluster.addService();
      cluster.addService();
      traffic.progress(30);
      cluster.remove(second);
      cluster.remove(cluster.service(1));
      traffic.progress(30);

      traffic.finish();
      traffic.assertNothingLostOrRepeated();
      assertThat(traffic.errors()).as("error frames: %s", traffic).isEmpty();
      assertThat(traffic.lost()).as("connections lost: %s", traffic).isEmpty();
      assertThat(traffic.slowestMillis())
          .as("slowest answer: %s", traffic)
          .isLessThan(FASTER_THAN_A_RETRY_MILLIS);
    }
  }

  /** As every session service says, which may be a moment after the connection. */
  private static void assertOnline(Client asking, List<String> users) {
    JsonArray asked = new JsonArray().add("join-alice").add("join-bob");
    asked.add("leave-alice").add("leave-bob");
    Await.until(
        () -> asking.ask("presence", "users", asked).getJsonArray("users").getList().equals(users),
        Duration.ofSeconds(5),
        "online are " + users);
  }
}
