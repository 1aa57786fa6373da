package io.trunkline.cluster;

import static io.trunkline.cluster.FrameAssert.assertFrame;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.session.SessionRules;
import io.trunkline.testing.Await;
import io.trunkline.testing.TestPostgres;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The row in {@code trunkline.session} says what holds, whoever changes it. */
class SessionRowTest {
  private static final int SESSION_ENDED = 4001;
  private static final Duration SOON = Duration.ofSeconds(3);

  @RegisterExtension
  static final LocalCluster cluster =
      LocalCluster.of(2, 2).withSessions(SessionRules.of(3600).withSliding());

  private static Client client(int gateway, String id) {
    return cluster.keep(Client.connect(cluster.gateway(gateway).wsUri(), id));
  }

  private static void sql(String statement) {
    TestPostgres.execute(cluster.databaseUrl(), statement);
  }

  @Test
  void shorterTimeByPlainSqlEndsTheSessionThen() {
    String id = cluster.gateway(0).api().login("shorter");
    Client here = client(0, id);
    Client there = client(1, id);
    sql("update trunkline.session set expires_at = now() where user_name = 'shorter'");
    assertThat(here.probe().closeCode(SOON)).isEqualTo(SESSION_ENDED);
    assertThat(there.probe().closeCode(SOON)).isEqualTo(SESSION_ENDED);
  }

  @Test
  void longerTimeByPlainSqlKeepsIt() {
    String id = cluster.gateway(0).api().login("longer", 3);
    Client client = client(1, id);
    sql(
        "update trunkline.session set expires_at = now() + interval '1 hour'"
            + " where user_name = 'longer'");
    long end = System.nanoTime() + Duration.ofSeconds(4).toNanos();
    Await.until(() -> System.nanoTime() > end, "the first time is over");
    assertFrame(client.ask("echo", "content", 1)).is("echo");
  }

  @Test
  void permissionsHoldFromTheCommitOn() {
    Client client = cluster.client(1, "lesser");
    assertFrame(client.ask("broadcast", "message", 1)).is("ack");
    assertFrame(client.ask("presence")).is("presence");
    sql("update trunkline.session set permissions = '{}' where user_name = 'lesser'");
    Await.until(
        () -> "forbidden".equals(client.ask("broadcast", "message", 1).getString("code")),
        SOON,
        "broadcast is forbidden");
    assertFrame(client.ask("presence")).isError("forbidden", false);
    assertFrame(client.ask("subscribe", "channel", "any")).isError("forbidden", false);
    assertFrame(client.ask("publish", "channel", "any", "message", 1)).isError("forbidden", false);
    assertFrame(client.ask("echo", "content", 1)).is("echo");
  }

  @Test
  void sessionMadeWithPermissionsHasThoseAndNoOthers() {
    ServerApi api = cluster.gateway(0).api();
    JsonObject wish = new JsonObject().put("user", "reader");
    wish.put("permissions", new JsonArray(List.of("subscribe:news.*")));
    Client reader = client(0, api.create(wish).json().getString("session_id"));
    assertFrame(reader.ask("subscribe", "channel", "news.sport")).is("subscribed");
    assertFrame(reader.ask("subscribe", "channel", "other")).isError("forbidden", false);
    assertFrame(reader.ask("broadcast", "message", 1)).isError("forbidden", false);
    wish.put("permissions", new JsonArray(List.of("publish")));
    assertThat(api.create(wish).status()).isEqualTo(400);
    assertThat(api.create(wish).json().getString("message")).contains("publish");
  }

  @Test
  void allSessionsOfAUserEndAtOnce() {
    ServerApi api = cluster.gateway(0).api();
    Client one = client(0, api.login("everywhere"));
    Client two = client(1, api.login("everywhere"));
    Client other = cluster.client(1, "elsewhere");
    assertThat(api.deleteAll("everywhere").status()).isEqualTo(204);
    assertThat(one.probe().closeCode(SOON)).isEqualTo(SESSION_ENDED);
    assertThat(two.probe().closeCode(SOON)).isEqualTo(SESSION_ENDED);
    assertFrame(other.ask("echo", "content", 1)).is("echo");
  }

  @Test
  void sessionThatIsUsedGetsItsLifeAgainAndOneThatIsNotEnds() {
    ServerApi api = cluster.gateway(0).api();
    Client used = client(0, api.login("used", 4));
    Client idle = client(0, api.login("idle", 4));
    long end = System.nanoTime() + Duration.ofSeconds(7).toNanos();
    Await.until(
        () -> {
          assertFrame(used.ask("echo", "content", 1)).is("echo");
          return System.nanoTime() > end;
        },
        "the session has been used beyond its first life");
    assertThat(idle.closeCode()).isEqualTo(SESSION_ENDED);
  }
}
