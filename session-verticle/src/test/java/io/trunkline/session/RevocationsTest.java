package io.trunkline.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Await;
import io.trunkline.testing.TestPostgres;
import io.vertx.core.Vertx;
import java.time.Duration;
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
    return node.listen(StoreNode.settings(at), ended::addAll);
  }

  private String open(String user) {
    return SessionStore.hash(Await.result(node.sessions.create(user, 0)).id());
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
