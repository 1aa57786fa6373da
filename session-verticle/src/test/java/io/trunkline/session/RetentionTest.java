package io.trunkline.session;

import static io.trunkline.session.StoreNode.entry;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Await;
import io.trunkline.testing.TestPostgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RetentionTest {
  private static final int RETENTION_HOURS = 24;

  private final Vertx vertx = Vertx.vertx();
  private String url;
  private StoreNode node;

  @BeforeEach
  void database() {
    url = TestPostgres.freshDatabase();
    Migrations.migrate(url);
    node = start();
  }

  private StoreNode start() {
    return StoreNode.start(vertx, new StoreSettings(url, 4, 3_600, RETENTION_HOURS));
  }

  @AfterEach
  void close() {
    node.close();
    Await.result(vertx.close());
  }

  private void retain() {
    Await.result(node.log.retain(), Duration.ofSeconds(30));
  }

  private Appended append() {
    return Await.result(node.log.append(entry("user:bob", "alice", null)));
  }

  private long number(String sql) {
    return StoreQueries.number(url, sql);
  }

  /** A partition of long ago, with an entry of long ago in it. */
  private void makeThePast() {
    append();
    TestPostgres.execute(
        url,
        """
        create table trunkline.message_1 (like trunkline.message including all);
        alter table trunkline.message attach partition trunkline.message_1
          for values from (now() - interval '30 days') to (now() - interval '25 hours');
        update trunkline.message set stored_at = now() - interval '2 days';
        insert into trunkline.accepted values ('alice', 'old', 1, 1, now() - interval '25 hours'),
          ('alice', 'new', 1, 1, now() - interval '23 hours');
        """);
  }

  @Test
  void periodsFollowTheRetention() {
    assertThat(Retention.periodHours(1)).isEqualTo(1);
    assertThat(Retention.periodHours(24)).isEqualTo(3);
    assertThat(Retention.periodHours(168)).isEqualTo(21);
    assertThat(Retention.periodHours(10_000)).isEqualTo(24);
  }

  @Test
  void partitionsAreMadeAheadWithoutAGap() {
    retain();
    long hoursAhead =
        number(
            "select extract(epoch from max(ends_at) - now()) / 3600"
                + " from trunkline.message_partition");
    assertThat(hoursAhead).isBetween(8L, 12L);
    long before = number("select count(*) from trunkline.message_partition");
    retain();
    assertThat(number("select count(*) from trunkline.message_partition")).isEqualTo(before);
    assertThat(append().offset()).isEqualTo(1);
  }

  @Test
  void retentionDropsAndTheReaderIsTold() {
    makeThePast();
    assertThat(append().offset()).isEqualTo(2);
    assertThat(Await.result(node.log.place("user:bob", 0))).isEqualTo(new Place(2, 1));
    retain();
    assertThat(Await.result(node.log.place("user:bob", 0))).isEqualTo(new Place(2, 2));
    assertThat(Await.result(node.log.read("user:bob", 0, 10, 1_000)).entries()).hasSize(1);
    assertThat(number("select count(*) from pg_class where relname = 'message_1'")).isZero();
    assertThat(number("select count(*) from trunkline.accepted")).isEqualTo(1);
    Session session =
        Await.result(
            node.sessions.create("bob", 0, null).compose(made -> node.sessions.find(made.id())));
    assertThat(session.firstAfterCursor()).isEqualTo(2);
    assertThat(session.head()).isEqualTo(2);
  }

  @Test
  void writersAndReadersDoNotWaitForTheRetention() throws Exception {
    makeThePast();
    try (Connection writer = TestPostgres.connect(url);
        Statement statement = writer.createStatement()) {
      writer.setAutoCommit(false);
      statement.execute("select count(*) from trunkline.message");
      Future<Void> retaining = node.log.retain();
      Await.until(
          () ->
              number(
                      "select count(*) from pg_stat_activity where query like '%detach%'"
                          + " and wait_event_type = 'Lock' and datname = current_database()")
                  > 0,
          "the detach to wait for a reader");
      append();
      Await.result(node.log.read("user:bob", 0, 10, 1_000));
      assertThat(retaining.isComplete()).isFalse();
      writer.commit();
      Await.result(retaining);
    }
    assertThat(number("select count(*) from pg_class where relname = 'message_1'")).isZero();
  }

  @Test
  void oneWorksAtATime() {
    makeThePast();
    try (StoreNode other = start()) {
      Await.result(Future.all(node.log.retain(), other.log.retain(), node.log.retain()));
    }
    assertThat(number("select count(*) from pg_class where relname = 'message_1'")).isZero();
  }

  @Test
  void aDetachedPartitionOfARunThatDiedIsDropped() {
    makeThePast();
    TestPostgres.execute(url, "alter table trunkline.message detach partition trunkline.message_1");
    retain();
    assertThat(number("select count(*) from pg_class where relname = 'message_1'")).isZero();
  }

  @Test
  void anAppendThatFindsNoPartitionIsUnavailableOnceAndHeals() {
    TestPostgres.execute(
        url,
        """
        do $$ declare p text; begin
          for p in select name from trunkline.message_partition loop
            execute 'drop table trunkline.' || p;
          end loop;
        end $$
        """);
    Future<Appended> first = node.log.append(entry("user:bob", "alice", "a"));
    Await.until(first::isComplete, "the first append to end");
    Await.until(
        () ->
            node.log
                .append(entry("user:bob", "alice", "a"))
                .map(a -> true)
                .otherwise(false)
                .toCompletionStage()
                .toCompletableFuture()
                .get(),
        "an append to be stored");
    assertThat(number("select count(*) from trunkline.message")).isEqualTo(1);
  }

  @Test
  void expiredSessionsArePurgedAndTheirCursorsKept() {
    append();
    append();
    CreatedSession brief = Await.result(node.sessions.create("bob", 1, null));
    String hash = SessionHash.of(brief.id());
    Await.result(
        node.cursors.move(java.util.List.of(new io.trunkline.protocol.BusMessage.Cursor(hash, 2))));
    Await.until(
        () -> {
          retain();
          return number("select count(*) from trunkline.session") == 0;
        },
        "the session to be purged");
    assertThat(number("select read_to from trunkline.topic where name = 'user:bob'")).isEqualTo(2);
  }
}
