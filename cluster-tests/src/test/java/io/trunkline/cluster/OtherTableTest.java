package io.trunkline.cluster;

import static io.trunkline.cluster.FrameAssert.assertFrame;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.session.SessionRules;
import io.trunkline.testing.TestPostgres;
import io.trunkline.testing.WebSocketProbe;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Clients whose sessions are in a table that another application owns. */
class OtherTableTest {
  @RegisterExtension
  static final LocalCluster cluster =
      LocalCluster.of(2, 2, OtherTableTest::database)
          .withSessions(
              SessionRules.of(3600)
                  .withQuery("select who as user, until as expires_at from login where id = $1"));

  private static String database() {
    String url = TestPostgres.freshDatabase();
    TestPostgres.execute(
        url,
        """
        create table login (id text primary key, who text, until timestamptz);
        insert into login select 'id-' || who, who, now() + interval '1 hour'
        from unnest('{alice,bob,carol,dora}'::text[]) who
        """);
    return url;
  }

  private static Client client(int gateway, String id) {
    return cluster.keep(Client.connect(cluster.gateway(gateway).wsUri(), id));
  }

  @Test
  void deleteThereIsNoticedWithinTenSecondsAndWithANoticeWithinOne() {
    Client alice = client(0, "id-alice");
    Client bob = client(1, "id-bob");
    Client carol = client(1, "id-carol");
    assertFrame(alice.write("bob", 1)).is("ack");
    assertFrame(bob.next()).has("sender", "alice");
    TestPostgres.execute(
        cluster.databaseUrl(),
        "delete from login where who = 'bob'; notify trunkline_users_changed, 'bob'");
    assertThat(bob.probe().closeCode(Duration.ofSeconds(1))).isEqualTo(4001);
    TestPostgres.execute(cluster.databaseUrl(), "delete from login where who = 'alice'");
    assertThat(alice.probe().closeCode(Duration.ofSeconds(10))).isEqualTo(4001);
    assertFrame(carol.ask("echo", "content", 1)).is("echo");
    assertFrame(carol.ask("logout")).isError("forbidden", false);
  }

  @Test
  void sessionThatWasGivenMoreTimeIsHandedInAgain() {
    Client dora = client(1, "id-dora");
    TestPostgres.execute(
        cluster.databaseUrl(),
        "update login set until = '2100-01-01T00:00:00Z' where who = 'dora'");
    assertFrame(dora.ask("renew")).isError("forbidden", false);
    assertFrame(dora.ask("session", "session_id", "id-dora"))
        .has("status", "valid")
        .has("expires_at", "2100-01-01T00:00:00.000Z");
    assertFrame(dora.ask("session", "session_id", "id-carol")).isError("forbidden", false);
  }

  @Test
  void cookieOfTheOtherApplicationBringsTheSessionAndOursDoesNot() {
    String uri = cluster.addGateway(Map.of("TRUNKLINE_SESSION_COOKIE", "connect.sid")).wsUri();
    Map<String, String> both = Map.of("Cookie", "session_id=id-carol; connect.sid=id-dora");
    Map<String, String> ours = Map.of("Cookie", "session_id=id-carol");
    try (WebSocketProbe theirs = WebSocketProbe.connect(uri, both, List.of());
        WebSocketProbe none = WebSocketProbe.connect(uri, ours, List.of())) {
      assertFrame(theirs.expect("session")).has("status", "valid").has("user", "dora");
      none.expectNothing();
    }
  }

  @Test
  void apiSaysThatSessionsAreMadeElsewhere() {
    ServerApi api = cluster.gateway(0).api();
    ServerApi.Answer answer = api.create(new JsonObject().put("user", "dave"));
    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.json().getString("message")).contains("application");
    assertFrame(api.find("id-carol").json()).has("status", "valid").has("user", "carol");
  }
}
