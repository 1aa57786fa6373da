package io.trunkline.cluster;

import static io.trunkline.cluster.FrameAssert.assertFrame;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.testing.Await;
import io.trunkline.testing.TestPostgres;
import io.vertx.core.json.JsonObject;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code select trunkline.send(...)} in an application's own transaction. */
class SendBySqlTest {
  @RegisterExtension static final LocalCluster cluster = LocalCluster.of(2, 2);

  /** What the documentation promises, and the same again for a busy machine. */
  private static final Duration SOON = Duration.ofSeconds(2);

  private static String name(String prefix) {
    return prefix + "-" + UUID.randomUUID().toString().substring(0, 8);
  }

  private static void execute(String sql) {
    TestPostgres.execute(cluster.databaseUrl(), sql);
  }

  private static long number(String sql) throws SQLException {
    try (Connection connection = TestPostgres.connect(cluster.databaseUrl());
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getLong(1);
    }
  }

  @Test
  void messageReachesTheClientIfAndOnlyIfTheTransactionCommits() throws SQLException {
    String bob = name("bob");
    Client client = cluster.client(1, bob);
    try (Connection connection = TestPostgres.connect(cluster.databaseUrl());
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("select trunkline.send('\"never\"', receiver => '" + bob + "')");
      connection.rollback();
      statement.execute(
          "select trunkline.send('{\"n\": 1}', receiver => '" + bob + "', sender => 'shop')");
      assertThat(client.nextOrNull(Duration.ofMillis(700))).as("before the commit").isNull();
      connection.commit();
    }
    JsonObject arrived = client.nextOrNull(SOON);
    assertFrame(arrived)
        .is("private_message")
        .has("sender", "shop")
        .has("receiver", bob)
        .has("message", new JsonObject().put("n", 1))
        .has("offset", 1)
        .hasText("time");
  }

  @Test
  void messagesOfATransactionArriveInTheirOrderEachOnce() throws SQLException {
    String bob = name("bob");
    String alice = name("alice");
    Client client = cluster.client(0, bob);
    Client other = cluster.client(1, alice);
    execute(
        "select trunkline.send(to_jsonb(n), receiver => case n % 2 when 0 then '"
            + bob
            + "' else '"
            + alice
            + "' end) from generate_series(1, 2000) n");
    for (int n = 1; n <= 1000; n++) {
      assertFrame(client.next()).has("message", 2 * n).has("offset", n);
      assertFrame(other.next()).has("message", 2 * n - 1).has("offset", n);
    }
    Await.until(() -> number("select count(*) from trunkline.outgoing") == 0, "all are taken");
    client.expectNothing();
    other.expectNothing();
  }

  /** As if each service that takes them died after storing and before deleting them. */
  @Test
  void messageThatIsStoredAndNotDeletedArrivesOnce() throws SQLException {
    String bob = name("bob");
    Client client = cluster.client(1, bob);
    execute("create sequence deletions");
    execute(
        """
        create function refuse_deletion() returns trigger language plpgsql as $$ begin
          perform nextval('deletions');
          raise exception 'not now';
        end $$
        """);
    execute(
        "create trigger refuse before delete on trunkline.outgoing for each statement"
            + " execute function refuse_deletion()");
    execute(
        "select trunkline.send(to_jsonb(n), receiver => '"
            + bob
            + "') from generate_series(1, 20) n");
    for (int n = 1; n <= 20; n++) {
      assertFrame(client.next()).has("message", n).has("offset", n);
    }
    Await.until(() -> number("select last_value from deletions") >= 10, "they were taken again");
    execute("drop trigger refuse on trunkline.outgoing");
    Await.until(() -> number("select count(*) from trunkline.outgoing") == 0, "all are taken");
    client.expectNothing();
    execute("select trunkline.send('\"last\"', receiver => '" + bob + "')");
    assertFrame(client.next()).has("message", "last").has("offset", 21);
  }

  @Test
  void sameIdIsStoredOnce() {
    String bob = name("bob");
    Client client = cluster.client(0, bob);
    String send = "select trunkline.send('\"%s\"', receiver => '" + bob + "', id => '%s')";
    execute(send.formatted("paid", "o-1"));
    assertFrame(client.next()).has("message", "paid");
    execute(send.formatted("paid", "o-1"));
    execute(send.formatted("last", "o-2"));
    assertFrame(client.next()).has("message", "last").has("offset", 2);
  }

  @Test
  void channelsAndBroadcastsToo() {
    String news = name("news");
    String live = "live." + news;
    Client client = cluster.client(0, name("reader"));
    client.ask("subscribe", "channel", news);
    client.ask("subscribe", "channel", live);
    execute("select trunkline.send('1', channel => '" + news + "')");
    assertFrame(client.next()).is("message").has("channel", news).has("offset", 1);
    execute("select trunkline.send('2', channel => '" + live + "')");
    assertFrame(client.next()).is("message").has("channel", live).has("message", 2);
    execute("select trunkline.send('3', broadcast => true)");
    assertFrame(client.next()).is("broadcast").has("message", 3);
  }

  @Test
  void roleThatMayExecuteItSendsAndMayDoNothingElse() {
    String bob = name("bob");
    String role = "app_" + UUID.randomUUID().toString().substring(0, 8);
    Client client = cluster.client(0, bob);
    execute("create role " + role + " login password 'secret'");
    try {
      String url = cluster.databaseUrl().replaceFirst("//[^@]*@", "//" + role + ":secret@");
      String send = "select trunkline.send('\"hi\"', receiver => '" + bob + "')";
      execute("grant usage on schema trunkline to " + role);
      assertThatThrownBy(() -> TestPostgres.execute(url, send))
          .hasRootCauseInstanceOf(SQLException.class)
          .rootCause()
          .hasMessageContaining("permission denied");
      execute("grant execute on function trunkline.send to " + role);
      TestPostgres.execute(url, send);
      assertFrame(client.next()).has("message", "hi");
      assertThatThrownBy(() -> TestPostgres.execute(url, "select * from trunkline.outgoing"))
          .rootCause()
          .hasMessageContaining("permission denied");
    } finally {
      execute("drop owned by " + role + "; drop role " + role);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'1'",
        "'1', receiver => 'nobody-at-all'",
        "'1', receiver => 'a', channel => 'b'",
        "'1', broadcast => false",
        "null, channel => 'news'",
        "'1', channel => ' '",
        "'1', channel => e'a\\nb'",
        "'1', channel => 'news', id => ''",
        "to_jsonb(repeat('a', 65535)), channel => 'news'"
      })
  void whatCannotBeSentFailsTheStatement(String arguments) {
    assertThatThrownBy(() -> execute("select trunkline.send(" + arguments + ")"))
        .hasRootCauseInstanceOf(SQLException.class);
  }
}
