package io.trunkline.cluster;

import static io.trunkline.cluster.FrameAssert.assertFrame;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Await;
import io.trunkline.testing.HttpAnswer;
import io.trunkline.testing.TestPostgres;
import io.trunkline.testing.WebSocketProbe;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A session that was made on one gateway, used on both and ended for both. */
class SessionsAcrossNodesTest {
  private static final int SESSION_ENDED = 4001;

  /** From the commit of a delete to the close of the last connection. */
  private static final Duration ENDED_WITHIN = Duration.ofSeconds(1);

  @RegisterExtension static final LocalCluster cluster = LocalCluster.of(2, 2);

  @Test
  void sessionIsValidInAllFourWaysOnEveryGateway() {
    String id = cluster.gateway(0).api().login("four");
    for (LocalCluster.LocalGateway gateway : cluster.gateways()) {
      String node = gateway.node().name();
      Map<String, String> bearer = Map.of("Authorization", "Bearer " + id);
      Map<String, String> cookie = Map.of("Cookie", "theme=dark; session_id=" + id);
      List<String> offered = List.of("trunkline.v1", "session." + id);

      assertValid(first(gateway.wsUri(), bearer, List.of()), node);
      assertValid(first(gateway.wsUri(), cookie, List.of()), node);
      assertValid(first(gateway.wsUri(), Map.of(), offered), node);
      assertValid(first(gateway.wsUri().replace("/ws", "/websocket"), bearer, List.of()), node);
      try (WebSocketProbe probe = WebSocketProbe.connect(gateway.wsUri())) {
        assertValid(probe.session(id), node);
      }
    }
  }

  @Test
  void sessionIsExpiredWhenUnknownAndEmptyWhenThereIsNone() {
    try (WebSocketProbe probe = WebSocketProbe.connect(cluster.gateway(1).wsUri())) {
      assertFrame(probe.session("made-up")).has("status", "expired").hasNo("user");
      assertFrame(probe.session("")).has("status", "empty").hasNo("user");
      probe.send("{\"type\":\"session\"}");
      assertFrame(probe.expect("session")).has("status", "empty");
      assertFrame(probe.session(cluster.gateway(0).api().login("late"))).has("status", "valid");
    }
  }

  @Test
  void handshakeWithAnUnknownSessionIsRefused() {
    HttpAnswer answer =
        WebSocketProbe.refused(
            cluster.gateway(0).wsUri(), Map.of("Authorization", "Bearer made-up"), List.of());

    assertThat(answer.status()).as(answer.toString()).isEqualTo(401);
    assertFrame(answer.json()).has("code", "unauthenticated").hasText("message");
  }

  @Test
  void sessionsAreMadeFoundAndDeletedThroughEveryGateway() {
    ServerApi here = cluster.gateway(0).api();
    ServerApi there = cluster.gateway(1).api();
    String id = here.login("api");

    assertFrame(there.find(id).json()).has("status", "valid").has("user", "api");
    assertThat(there.delete(id).status()).isEqualTo(204);
    assertFrame(here.find(id).json()).has("status", "expired").hasNo("user");
    assertThat(here.delete(id).status()).as("deleting twice").isEqualTo(204);
  }

  @Test
  void renewGivesMoreTimeToEveryConnectionOfTheSession() {
    ServerApi api = cluster.gateway(0).api();
    String id = api.login("renew", 4);
    Client here = client(0, id);
    Client there = client(1, id);
    Instant first = Instant.parse(there.session().getString("expires_at"));
    awaitTime(first.minusMillis(2000));

    JsonObject renewed = here.ask("renew");

    assertFrame(renewed).is("session").has("status", "valid").has("user", "renew");
    Instant second = Instant.parse(renewed.getString("expires_at"));
    assertThat(second).as("%s, before %s", second, first).isAfter(first.plusMillis(1000));
    assertFrame(api.find(id).json()).has("expires_at", renewed.getString("expires_at"));
    try (Client third = Client.connect(cluster.gateway(1).wsUri(), id)) {
      assertFrame(third.session()).has("expires_at", renewed.getString("expires_at"));
    }
    // The other connection asks when its time is up, and goes on until the second time is.
    awaitTime(first.plusMillis(500));
    assertFrame(there.ask("echo", "content", 1)).is("echo");
    assertThat(there.closeCode()).isEqualTo(SESSION_ENDED);
    assertThat(here.closeCode()).isEqualTo(SESSION_ENDED);
    assertThat(Instant.now()).as("the end of both").isAfter(second);
  }

  @Test
  void sessionThatRunsOutClosesItsConnectionsOnEveryGateway() {
    String id = cluster.gateway(0).api().login("short", 3);
    Client here = client(0, id);
    Client there = client(1, id);

    assertThat(here.closeCode()).isEqualTo(SESSION_ENDED);
    assertThat(there.closeCode()).isEqualTo(SESSION_ENDED);
  }

  @Test
  void logoutClosesEveryConnectionOfTheSessionAndNoOther() {
    String id = cluster.gateway(0).api().login("logout");
    List<Client> ended = List.of(client(0, id), client(1, id), client(1, id));
    Client other = cluster.client(1, "logout");

    assertFrame(ended.get(0).ask("logout")).is("session").has("status", "empty");

    assertClosedSoon(ended);
    assertFrame(other.ask("echo", "content", 1)).is("echo");
    assertFrame(cluster.gateway(1).api().find(id).json()).has("status", "expired");
  }

  @Test
  void logoutIsAnsweredBeforeTheConnectionCloses() {
    for (int i = 0; i < 20; i++) {
      Client client = cluster.client(i % 2, "bye");
      assertFrame(client.ask("logout")).is("session").has("status", "empty");
      assertThat(client.closeCode()).isEqualTo(SESSION_ENDED);
    }
  }

  @Test
  void deleteThroughTheApiClosesEveryConnectionWithinASecond() {
    String id = cluster.gateway(0).api().login("delete");
    List<Client> ended = List.of(client(0, id), client(1, id));

    assertThat(cluster.gateway(1).api().delete(id).status()).isEqualTo(204);

    assertClosedSoon(ended);
  }

  @Test
  void plainSqlDeleteClosesEveryConnectionWithinASecond() {
    List<Client> ended =
        List.of(cluster.client(0, "sql"), cluster.client(1, "sql"), cluster.client(1, "sql"));
    Client other = cluster.client(0, "sql-other");

    TestPostgres.execute(
        cluster.databaseUrl(), "delete from trunkline.session where user_name = 'sql'");

    assertClosedSoon(ended);
    assertFrame(other.ask("echo", "content", 1)).is("echo");
  }

  @Test
  void anotherSessionOfTheSameUserIsTakenAndOneOfAnotherUserForbidden() {
    ServerApi api = cluster.gateway(0).api();
    String first = api.login("refresh");
    Client client = client(0, first);
    String second = api.login("refresh", 7200);

    JsonObject refreshed = client.ask("session", "session_id", second);
    assertFrame(refreshed).has("status", "valid").has("user", "refresh");
    assertFrame(client.ask("session", "session_id", api.login("somebody")))
        .isError("forbidden", false);

    assertThat(api.delete(first).status()).isEqualTo(204);
    assertFrame(client.ask("echo", "content", "still here")).is("echo");
    assertThat(api.delete(second).status()).isEqualTo(204);
    assertClosedSoon(List.of(client));
  }

  private static void awaitTime(Instant time) {
    Await.until(() -> Instant.now().isAfter(time), "it is " + time);
  }

  private static Client client(int gateway, String id) {
    return cluster.keep(Client.connect(cluster.gateway(gateway).wsUri(), id));
  }

  private static JsonObject first(
      String uri, Map<String, String> headers, List<String> subprotocols) {
    try (WebSocketProbe probe = WebSocketProbe.connect(uri, headers, subprotocols)) {
      return probe.expect("session");
    }
  }

  private static void assertValid(JsonObject session, String node) {
    assertFrame(session)
        .is("session")
        .has("status", "valid")
        .has("user", "four")
        .has("node", node)
        .has("offset", 0)
        .has("recovered", true)
        .has("heartbeat_seconds", 25)
        .hasText("expires_at");
  }

  private static void assertClosedSoon(List<Client> clients) {
    long deadline = System.nanoTime() + ENDED_WITHIN.toNanos();
    for (Client client : clients) {
      Duration left = Duration.ofNanos(Math.max(1_000_000, deadline - System.nanoTime()));
      assertThat(client.probe().closeCode(left)).isEqualTo(SESSION_ENDED);
    }
  }
}
