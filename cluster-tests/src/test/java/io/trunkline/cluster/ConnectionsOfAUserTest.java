package io.trunkline.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.cluster.LocalCluster.LocalGateway;
import io.trunkline.testing.Await;
import io.trunkline.testing.HttpAnswer;
import io.trunkline.testing.TestPostgres;
import io.trunkline.testing.WebSocketProbe;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How many connections a user may have, on all gateways together. */
class ConnectionsOfAUserTest {
  private static final Map<String, String> THREE =
      Map.of("TRUNKLINE_MAX_CONNECTIONS_PER_USER", "3");

  @RegisterExtension static final LocalCluster cluster = LocalCluster.of(0, 2);

  @BeforeAll
  static void start() {
    cluster.addGateway(THREE);
    cluster.addGateway(THREE);
  }

  private static HttpAnswer refused(LocalGateway gateway, String session) {
    Map<String, String> headers = Map.of("Authorization", "Bearer " + session);
    return WebSocketProbe.refused(gateway.wsUri(), headers, List.of());
  }

  @Test
  void oneTooManyOnAnotherGatewayIs429() {
    cluster.client(0, "alice");
    cluster.client(0, "alice");
    Client third = cluster.client(1, "alice");

    String session = cluster.gateway(1).api().login("alice");
    for (LocalGateway gateway : cluster.gateways()) {
      HttpAnswer answer = refused(gateway, session);
      assertThat(answer.status()).isEqualTo(429);
      assertThat(answer.json().getString("message")).contains("user");
    }
    third.close();
    Await.until(() -> cluster.gateway(1).gateway().connections() == 0, "one has left");
    cluster.client(1, "alice");
  }

  @Test
  void oneTooManyThatNamesItsSessionLaterIsClosedWith4004() {
    for (int i = 0; i < 3; i++) {
      cluster.client(0, "bob");
    }
    try (WebSocketProbe late = WebSocketProbe.connect(cluster.gateway(1).wsUri())) {
      String session = cluster.gateway(1).api().login("bob");
      late.send(new JsonObject().put("type", "session").put("session_id", session));
      assertThat(late.closeCode()).isEqualTo(4004);
    }
  }

  @Test
  void connectionsOfAGatewayThatWasKilledKeepNobodyOut() {
    try (ProcessCluster processes =
        new ProcessCluster("ghosts", 2, 1, TestPostgres.freshDatabase(), THREE).start()) {
      String session = new ServerApi(processes.httpPort(1)).login("carol");
      List<Client> onFirst = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        onFirst.add(Client.connect(processes.wsUri(0), session));
      }
      Map<String, String> headers = Map.of("Authorization", "Bearer " + session);
      assertThat(WebSocketProbe.refused(processes.wsUri(1), headers, List.of()).status())
          .isEqualTo(429);
      processes.gateways().get(0).kill();
      long start = System.nanoTime();
      for (int i = 0; i < 3; i++) {
        onFirst.add(Client.connect(processes.wsUri(1), session));
      }
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(6));
      onFirst.forEach(Client::close);
    }
  }
}
