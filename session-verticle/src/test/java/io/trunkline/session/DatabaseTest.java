package io.trunkline.session;

import static io.trunkline.session.StoreNode.entry;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.protocol.ErrorCode;
import io.trunkline.protocol.Refusal;
import io.trunkline.testing.Await;
import io.trunkline.testing.DedicatedPostgres;
import io.trunkline.testing.TestPostgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DatabaseTest {
  /** What the wire protocol's users are promised; the store itself promises less. */
  private static final Duration PROMISED = Duration.ofSeconds(5);

  private final Vertx vertx = Vertx.vertx();
  private StoreNode node;

  @AfterEach
  void close() {
    if (node != null) {
      node.close();
    }
    Await.result(vertx.close());
  }

  private void start(String url) {
    node = StoreNode.start(vertx, url);
  }

  private List<Future<?>> askEverything() {
    return List.of(
        node.log.append(entry("user:bob", "alice", null)),
        node.log.read("user:bob", 0, 10, 1_000),
        node.log.place("user:bob", 0),
        node.sessions.find("x"),
        node.sessions.create("bob", 0, null),
        node.database.ping());
  }

  private void assertUnavailableInTime() {
    long begin = System.nanoTime();
    List<Future<?>> asked = askEverything();
    Await.until(() -> asked.stream().allMatch(Future::isComplete), PROMISED, "all to be refused");
    assertThat(System.nanoTime() - begin)
        .isLessThan((Database.STORE_TIMEOUT_MILLIS + 500) * 1_000_000);
    for (Future<?> each : asked) {
      assertThat(each.cause()).isInstanceOf(Refusal.class);
      assertThat(((Refusal) each.cause()).code()).isEqualTo(ErrorCode.UNAVAILABLE);
    }
  }

  private void assertHealed() {
    Await.until(
        () -> {
          List<Future<?>> asked = askEverything();
          Await.result(Future.join(asked).otherwiseEmpty(), PROMISED);
          return asked.stream().allMatch(Future::succeeded);
        },
        Duration.ofSeconds(15),
        "everything to be answered again");
  }

  @Test
  void aStoppedDatabaseIsUnavailableAndHeals() {
    try (DedicatedPostgres postgres = DedicatedPostgres.start()) {
      Migrations.migrate(postgres.url());
      start(postgres.url());
      assertHealed();
      postgres.stopImmediately();
      assertUnavailableInTime();
      postgres.startAgain();
      assertHealed();
    }
  }

  @Test
  void aFrozenDatabaseIsUnavailableAndHeals() {
    try (DedicatedPostgres postgres = DedicatedPostgres.start()) {
      Migrations.migrate(postgres.url());
      start(postgres.url());
      assertHealed();
      postgres.pause();
      assertUnavailableInTime();
      assertUnavailableInTime();
      postgres.resume();
      assertHealed();
    }
  }

  @Test
  void connectionsThatHangForGoodAreGivenUp() {
    String url = TestPostgres.freshDatabase();
    Migrations.migrate(url);
    try (TcpProxy proxy = TcpProxy.before(vertx, url)) {
      start(proxy.url());
      assertHealed();
      proxy.goDeaf();
      assertUnavailableInTime();
      assertUnavailableInTime();
      proxy.hearNewOnes();
      assertHealed();
      Await.until(() -> proxy.connections() <= 4, "hung connections to be closed");
    }
  }

  @Test
  void aHungUpConnectionIsReplaced() {
    String url = TestPostgres.freshDatabase();
    Migrations.migrate(url);
    try (TcpProxy proxy = TcpProxy.before(vertx, url)) {
      start(proxy.url());
      assertHealed();
      proxy.hangUpAll();
      assertHealed();
    }
  }

  @Test
  void whatWaitsForAHungDatabaseIsBounded() {
    String url = TestPostgres.freshDatabase();
    Migrations.migrate(url);
    try (TcpProxy proxy = TcpProxy.before(vertx, url)) {
      start(proxy.url());
      assertHealed();
      proxy.goDeaf();
      long begin = System.nanoTime();
      List<Future<Appended>> all = new ArrayList<>();
      for (int i = 0; i < 50_000; i++) {
        all.add(node.log.append(entry("user:bob", "alice", null)));
      }
      Await.until(
          () -> all.stream().filter(Future::isComplete).count() > 40_000,
          Duration.ofMillis(Batcher.WAIT_MILLIS),
          "most to be refused at once");
      Await.until(() -> all.stream().allMatch(Future::isComplete), PROMISED, "the rest to end");
      assertThat(System.nanoTime() - begin).isLessThan(PROMISED.toNanos());
      proxy.hearNewOnes();
      assertHealed();
    }
  }

  @Test
  void aLockThatIsHeldTooLongEndsAsUnavailable() throws Exception {
    String url = TestPostgres.freshDatabase();
    Migrations.migrate(url);
    start(url);
    Await.result(node.log.append(entry("user:bob", "alice", null)));
    try (var holder = TestPostgres.connect(url);
        var statement = holder.createStatement()) {
      holder.setAutoCommit(false);
      statement.execute("select * from trunkline.topic for update");
      Future<Appended> held = node.log.append(entry("user:bob", "alice", null));
      Await.until(held::isComplete, PROMISED, "the append to end");
      assertThat(((Refusal) held.cause()).code()).isEqualTo(ErrorCode.UNAVAILABLE);
      holder.rollback();
    }
    assertThat(Await.result(node.log.append(entry("user:bob", "alice", null))).offset())
        .isEqualTo(2);
  }
}
