package io.trunkline.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.node.Node;
import io.trunkline.protocol.Addresses;
import io.trunkline.testing.Await;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The cluster as one gateway's server API shows it. */
class NodesApiTest {
  private static final int GATEWAYS = 2;

  @RegisterExtension static final LocalCluster cluster = LocalCluster.of(GATEWAYS, 1);

  private static List<JsonObject> nodes(String query) {
    return cluster.gateway(0).api().get("nodes" + query).json().getJsonArray("nodes").stream()
        .map(JsonObject.class::cast)
        .toList();
  }

  private static JsonObject node(String name, String query) {
    return nodes(query).stream()
        .filter(node -> node.getString("name").equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static long now(String name, String series) {
    return node(name, "").getJsonObject("now").getLong(series, -1L);
  }

  @Test
  void eachNodeSaysHowItIs() {
    String other = cluster.gateway(1).node().name();
    Client client = cluster.client(1, "alice");
    Await.until(() -> now(other, "connections") == 1, "the connection on the other is counted");
    long before = now(other, "requests");
    for (int i = 0; i < 20; i++) {
      client.ask("echo", "content", i);
    }
    Await.until(() -> now(other, "requests") >= before + 20, "its requests are counted");
    assertThat(now(other, "requests_within_5000_ms")).isEqualTo(now(other, "requests"));
    assertThat(now(other, "draining")).isZero();
    assertThat(now(other, "loop_lag_micros")).isNotNegative();
    String service = cluster.service(0).node().name();
    assertThat(now(service, "requests_in_hand")).isNotNegative();
    assertThat(now(service, "connections")).isEqualTo(-1);
  }

  @Test
  void samplesHaveTimesThatAllNodesShare() {
    Await.until(
        () -> nodes("?samples=3").stream().allMatch(n -> n.getJsonArray("samples").size() == 3),
        Duration.ofSeconds(30),
        "everybody has three samples");
    for (JsonObject node : nodes("?samples=3")) {
      JsonArray samples = node.getJsonArray("samples");
      long step = node.getLong("step_ms");
      for (Object each : samples) {
        JsonArray sample = (JsonArray) each;
        assertThat(sample.getLong(0) % step).isZero();
        assertThat(sample.size()).isEqualTo(1 + node.getJsonArray("series").size());
      }
      assertThat(samples.getJsonArray(1).getLong(0))
          .isGreaterThan(samples.getJsonArray(0).getLong(0));
    }
    assertThat(nodes("")).noneMatch(node -> node.containsKey("samples"));
  }

  @Test
  void nodeThatDoesNotAnswerIsShownAndHoldsTheOthersUpForASecondOnly() {
    Node silent = cluster.joinOther();
    try {
      // Another consumer at its address, and every second question goes there.
      silent.vertx().eventBus().consumer(Addresses.node(silent.name()), question -> {});
      Await.until(() -> !answers(silent.name()), "it does not answer");
      long began = System.nanoTime();
      List<JsonObject> nodes = nodes("");
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
      assertThat(nodes)
          .filteredOn(node -> !node.getString("name").equals(silent.name()))
          .hasSize(GATEWAYS + 1)
          .allMatch(node -> node.getBoolean("answers"));
    } finally {
      Await.result(silent.leave(), LocalCluster.PATIENCE);
    }
  }

  private static boolean answers(String name) {
    return nodes("").stream()
        .filter(node -> node.getString("name").equals(name))
        .allMatch(node -> node.getBoolean("answers"));
  }

  @Test
  void moreSamplesThanThereEverAreAreRefused() {
    for (String bad : List.of("151", "-1", "x", "", "99999999999")) {
      assertThat(cluster.gateway(0).api().get("nodes?samples=" + bad).status()).isEqualTo(400);
    }
  }
}
