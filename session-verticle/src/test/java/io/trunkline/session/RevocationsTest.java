package io.trunkline.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Await;
import io.trunkline.testing.TestPostgres;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

class RevocationsTest {
  private static final Logger log = LoggerFactory.getLogger(RevocationsTest.class);
  private static final Duration PROMISED = Duration.ofSeconds(1);

  private final Vertx vertx = Vertx.vertx();
  private final Set<String> ended = ConcurrentHashMap.newKeySet();
  private final Set<String> changed = ConcurrentHashMap.newKeySet();
  private final Set<String> users = ConcurrentHashMap.newKeySet();
  private final Revocations.Listener heard =
      new Revocations.Listener() {
        @Override
        public void ended(List<String> hashes) {
          ended.addAll(hashes);
        }

        @Override
        public void changed(List<String> hashes) {
          changed.addAll(hashes);
        }

        @Override
        public void usersChanged(List<String> names) {
          users.addAll(names);
        }
      };
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

  private Revocations listen(String at) {
    return node.listen(StoreNode.settings(at), heard);
  }

  private String open(String user) {
    return SessionHash.of(Await.result(node.sessions.create(user, 0, null)).id());
  }

  @Test
  void aDeletedSessionIsToldWithinASecond() {
    Revocations revocations = listen(url);
    String hash = open("alice");
    Await.result(node.sessions.delete(hash));
    Await.until(() -> ended.contains(hash), PROMISED, "the delete to be told");
    Await.result(revocations.close());
  }

  @Test
  void aDeleteByPlainSqlIsToldToo() {
    Revocations revocations = listen(url);
    String hash = open("alice");
    String other = open("bob");
    TestPostgres.execute(url, "delete from trunkline.session where user_name = 'alice'");
    Await.until(() -> ended.contains(hash), PROMISED, "the delete to be told");
    assertThat(ended).doesNotContain(other);
    Await.result(revocations.close());
  }

  @Test
  void tenThousandAtOnceAreToldWithinASecondOfTheCommit() {
    Revocations revocations = listen(url);
    TestPostgres.execute(
        url,
        """
        insert into trunkline.topic (name)
          select 'user:u' || n from generate_series(1, 10000) n;
        insert into trunkline.session (hash, user_name, expires_at, cursor)
          select sha256(n::text::bytea), 'u' || n, now() + interval '1 hour', 1
          from generate_series(1, 10000) n;
        """);
    long begin = System.nanoTime();
    TestPostgres.execute(url, "delete from trunkline.session");
    long committed = System.nanoTime();
    Await.until(() -> ended.size() == 10_000, PROMISED, "all deletes to be told");
    log.info(
        "revocations_measured count=10000 delete_millis={} told_after_millis={}",
        (committed - begin) / 1_000_000,
        (System.nanoTime() - committed) / 1_000_000);
    Await.result(revocations.close());
  }

  @Test
  void anotherTimeOrOtherPermissionsByPlainSqlAreToldAndACursorIsNot() {
    Revocations revocations = listen(url);
    String shorter = open("alice");
    String lesser = open("bob");
    String read = open("carol");
    TestPostgres.execute(
        url,
        """
        update trunkline.session set cursor = 0, confirms = true;
        update trunkline.session set expires_at = now() + interval '5 minutes'
          where user_name = 'alice';
        update trunkline.session set permissions = '{presence}' where user_name = 'bob'
        """);
    Await.until(() -> changed.size() == 2, PROMISED, "both changes to be told");
    assertThat(changed).containsExactlyInAnyOrder(shorter, lesser).doesNotContain(read);
    assertThat(ended).isEmpty();
    Await.result(revocations.close());
  }

  @Test
  void aRowThatBecomesAnotherUsersHasEnded() {
    Revocations revocations = listen(url);
    String hash = open("alice");
    TestPostgres.execute(url, "update trunkline.session set user_name = 'mallory'");
    Await.until(() -> ended.contains(hash), PROMISED, "the end to be told");
    Await.result(revocations.close());
  }

  @Test
  void truncatingEndsAll() {
    Revocations revocations = listen(url);
    String one = open("alice");
    String two = open("bob");
    TestPostgres.execute(url, "truncate trunkline.session");
    Await.until(() -> ended.containsAll(Set.of(one, two)), PROMISED, "the ends to be told");
    Await.result(revocations.close());
  }

  @Test
  void whoeverMayNotifyCanNameUsersAndNothingElse() {
    Revocations revocations = listen(url);
    TestPostgres.execute(
        url,
        """
        notify trunkline_sessions_ended, 'nonsense,,';
        notify trunkline_sessions_changed, 'DROP';
        notify trunkline_users_changed, '';
        notify trunkline_users_changed, 'alice'
        """);
    Await.until(() -> users.contains("alice"), PROMISED, "the user to be told");
    assertThat(users).containsExactly("alice");
    assertThat(ended).isEmpty();
    assertThat(changed).isEmpty();
    Await.result(revocations.close());
  }

  /** As behind a pooler that takes LISTEN and gives no notices. */
  @Test
  void whatNoNoticeToldIsFoundWithinTenSeconds() {
    Revocations revocations = listen(url);
    String gone = open("alice");
    String shorter = open("bob");
    TestPostgres.execute(
        url,
        """
        set session_replication_role = replica;
        insert into trunkline.ended (hash)
          select hash from trunkline.session where user_name = 'alice';
        delete from trunkline.session where user_name = 'alice';
        update trunkline.session set expires_at = now(), changed_at = clock_timestamp()
          where user_name = 'bob'
        """);
    Await.until(
        () -> ended.contains(gone) && changed.contains(shorter),
        Duration.ofSeconds(10),
        "both to be found");
    Await.result(revocations.close());
  }

  @Test
  void whatWasDeletedWhileTheConnectionWasAwayIsToldLater() {
    try (TcpProxy proxy = TcpProxy.before(vertx, url)) {
      Revocations revocations = listen(proxy.url());
      String hash = open("alice");
      proxy.goDeaf();
      Await.result(node.sessions.delete(hash));
      proxy.hearNewOnes();
      proxy.hangUpAll();
      Await.until(() -> ended.contains(hash), "the missed delete to be told");
      Await.result(revocations.close());
    }
  }

  @Test
  void aListenerWhoseConnectionHangsNoticesAndHearsAgain() {
    try (TcpProxy proxy = TcpProxy.before(vertx, url)) {
      Revocations revocations = listen(proxy.url());
      String hash = open("alice");
      proxy.goDeaf();
      Await.result(node.sessions.delete(hash));
      Await.until(
          () -> proxy.connections() == 0, Duration.ofSeconds(10), "the hung one to be given up");
      proxy.hearNewOnes();
      Await.until(() -> ended.contains(hash), "the missed delete to be told");
      Await.result(revocations.close());
    }
  }
}
