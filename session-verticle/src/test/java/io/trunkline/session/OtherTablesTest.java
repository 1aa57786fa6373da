package io.trunkline.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.node.BadSetting;
import io.trunkline.protocol.BusMessage.Cursor;
import io.trunkline.protocol.BusMessage.SessionOwner;
import io.trunkline.testing.Await;
import io.trunkline.testing.TestPostgres;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Sessions in tables of other applications, by the queries that docs/sessions.md tells. */
class OtherTablesTest {
  private static final Path PAGE = Path.of("../docs/sessions.md");

  private final Vertx vertx = Vertx.vertx();
  private String url;
  private StoreNode node;

  @BeforeEach
  void database() {
    url = TestPostgres.freshDatabase();
    Migrations.migrate(url);
    node = StoreNode.start(vertx, url);
  }

  @AfterEach
  void close() {
    node.close();
    Await.result(vertx.close());
  }

  /** The sql block of the page that follows {@code <!-- name -->}. */
  private static String block(String name) throws IOException {
    Matcher found =
        Pattern.compile("<!-- " + name + " -->\\s*```sql\\n(.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(PAGE));
    assertThat(found.find()).as(name).isTrue();
    return found.group(1);
  }

  private Sessions sessions(String query) {
    StoreSettings settings =
        new StoreSettings(
            url, 4, SessionRules.of(3600).withQuery(query), 168, ChannelRules.DEFAULT);
    Await.result(SessionQuery.check(vertx, settings));
    return new OuterSessions(vertx, node.database, settings);
  }

  private static Session find(Sessions sessions, String id) {
    return Await.result(sessions.find(id));
  }

  @Test
  void springSessionJdbc() throws IOException {
    TestPostgres.execute(
        url,
        """
        create table spring_session (
          primary_id char(36) not null, session_id char(36) not null,
          creation_time bigint not null, last_access_time bigint not null,
          max_inactive_interval int not null, expiry_time bigint not null,
          principal_name varchar(100),
          constraint spring_session_pk primary key (primary_id));
        create unique index spring_session_ix1 on spring_session (session_id);
        insert into spring_session values
          ('p1', 'd0c4a6de-6d1b-4ad2-9f5a-1f0f6b7f5a11', 0, 0, 1800,
            (extract(epoch from now()) * 1000)::bigint + 60000, 'alice'),
          ('p2', 'd0c4a6de-6d1b-4ad2-9f5a-1f0f6b7f5a12', 0, 0, 1800, 1000, 'late'),
          ('p3', 'd0c4a6de-6d1b-4ad2-9f5a-1f0f6b7f5a13', 0, 0, 1800,
            (extract(epoch from now()) * 1000)::bigint + 60000, null)
        """);
    Sessions sessions = sessions(block("spring"));
    assertThat(find(sessions, cookie("d0c4a6de-6d1b-4ad2-9f5a-1f0f6b7f5a11")).user())
        .isEqualTo("alice");
    assertThat(find(sessions, cookie("d0c4a6de-6d1b-4ad2-9f5a-1f0f6b7f5a12"))).isNull();
    assertThat(find(sessions, cookie("d0c4a6de-6d1b-4ad2-9f5a-1f0f6b7f5a13"))).isNull();
    assertThat(find(sessions, "no base64!")).isNull();
  }

  private static String cookie(String id) {
    return Base64.getEncoder().encodeToString(id.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void connectPgSimple() throws IOException {
    TestPostgres.execute(
        url,
        """
        create table "session" (
          "sid" varchar not null collate "default" primary key,
          "sess" json not null, "expire" timestamp(6) not null);
        create index "IDX_session_expire" on "session" ("expire");
        insert into "session" values
          ('sid-alice', '{"cookie":{},"user":"alice"}', now() + interval '1 hour'),
          ('sid-nobody', '{"cookie":{}}', now() + interval '1 hour')
        """);
    Sessions sessions = sessions(block("express"));
    assertThat(find(sessions, "s%3Asid-alice.c2lnbmF0dXJl%2B").user()).isEqualTo("alice");
    assertThat(find(sessions, "s:sid-alice.c2ln").user()).isEqualTo("alice");
    assertThat(find(sessions, "s%3Asid-nobody.c2ln")).isNull();
    assertThat(find(sessions, "sid-alice")).isNull();
  }

  @Test
  void django() throws IOException {
    TestPostgres.execute(
        url,
        """
        create table django_session (
          session_key varchar(40) not null primary key, session_data text not null,
          expire_date timestamptz not null)
        """);
    TestPostgres.execute(url, block("django-table"));
    TestPostgres.execute(
        url,
        """
        insert into django_session values
          ('key-alice', '.eJx:1:sig', now() + interval '1 hour'),
          ('key-anonymous', '.eJx:1:sig', now() + interval '1 hour');
        insert into trunkline_login values ('key-alice', 'alice')
        """);
    Sessions sessions = sessions(block("django"));
    assertThat(find(sessions, "key-alice").user()).isEqualTo("alice");
    assertThat(find(sessions, "key-anonymous")).isNull();
    TestPostgres.execute(url, "delete from django_session where session_key = 'key-alice'");
    assertThat(find(sessions, "key-alice")).isNull();
    assertThat(StoreQueries.number(url, "select count(*) from trunkline_login")).isZero();
  }

  private void ownTable() {
    TestPostgres.execute(
        url,
        """
        create table login (id text primary key, who text, until timestamptz, may text[]);
        insert into login values
          (encode(sha256('plain'), 'hex'), 'alice', now() + interval '1 hour', '{presence}'),
          ('5f0c954e-0000-4000-8000-000000000001', 'bob', now() + interval '1 hour', null)
        """);
  }

  @Test
  void hashedIdsAndPermissionsOfTheirOwn() throws IOException {
    ownTable();
    Sessions sessions = sessions(block("hashed"));
    Session alice = find(sessions, "plain");
    assertThat(alice.user()).isEqualTo("alice");
    assertThat(alice.permissions()).containsExactly("presence");
    assertThat(find(sessions, "other")).isNull();
  }

  @Test
  void anIdThatTheQueryCannotTakeIsUnknownAndSpoilsNoOther() {
    ownTable();
    Sessions sessions =
        sessions("select who as user, until as expires_at from login where id = $1::uuid::text;");
    List<String> ids = List.of("no uuid", "5f0c954e-0000-4000-8000-000000000001");
    assertThat(Await.result(sessions.owners(ids)).stream().map(SessionOwner::user))
        .containsExactly(null, "bob");
    assertThat(find(sessions, ids.get(1)).permissions()).isEqualTo(Permissions.DEFAULT);
  }

  @Test
  void theCursorIsKeptBesideAndTheTableIsNeverWrittenTo() {
    ownTable();
    String id = "5f0c954e-0000-4000-8000-000000000001";
    Sessions sessions =
        sessions("select who as user, until as expires_at from login where id = $1");
    Await.result(node.log.append(StoreNode.entry("user:bob", "alice", "1")));
    Session first = find(sessions, id);
    assertThat(first.cursor()).isZero();
    Await.result(node.cursors.move(List.of(new Cursor(first.hash(), 1))));
    assertThat(find(sessions, id).cursor()).isEqualTo(1);
    assertThat(Await.result(node.sessions.find(id))).as("as a session of our own").isNull();
    for (Runnable refused :
        List.<Runnable>of(
            () -> Await.result(sessions.create("bob", 0, null)),
            () -> Await.result(sessions.delete(first.hash())),
            () -> Await.result(sessions.deleteAll("bob")))) {
      assertThatThrownBy(refused::run).hasMessageContaining("application that owns");
    }
    TestPostgres.execute(url, "delete from login");
    assertThat(Await.result(sessions.owners(List.of(id))).get(0).user()).isNull();
    assertThat(find(sessions, id)).isNull();
  }

  @Test
  void aQueryThatTheDatabaseDoesNotTakeStopsTheStart() {
    assertThatThrownBy(() -> sessions("select who as user from nowhere where id = $1"))
        .hasStackTraceContaining(BadSetting.class.getName())
        .hasStackTraceContaining("TRUNKLINE_SESSION_QUERY")
        .hasStackTraceContaining("nowhere");
  }
}
