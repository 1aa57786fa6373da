package io.trunkline.session;

import static io.trunkline.session.StoreNode.entry;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Await;
import io.trunkline.testing.TestPostgres;
import io.vertx.core.Vertx;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Channels that are kept for another time than everything else. What is old is 26 hours old. */
class ChannelRetentionTest {
  private final Vertx vertx = Vertx.vertx();
  private String url;
  private StoreNode node;

  @BeforeEach
  void database() {
    url = TestPostgres.freshDatabase();
    Migrations.migrate(url);
    TestPostgres.execute(
        url,
        """
        create table trunkline.message_1 (like trunkline.message including all);
        alter table trunkline.message attach partition trunkline.message_1
          for values from (now() - interval '30 days') to (now() - interval '25 hours');
        """);
  }

  private void start(int hours, String... rules) {
    node =
        StoreNode.start(
            vertx,
            new StoreSettings(
                url, 4, SessionRules.of(3600), hours, ChannelRules.parse(List.of(rules))));
  }

  @AfterEach
  void close() {
    node.close();
    Await.result(vertx.close());
  }

  @Test
  void whatIsKeptForLessLongGoesAndTheRestStays() {
    start(168, "short.*=durable;retention_hours=24", "*=durable");
    for (String topic : List.of("channel:short.a", "channel:other", "user:bob", "user:short.a")) {
      append(topic, 3);
      makeOld(topic, 2);
    }
    retain();
    assertThat(place("channel:short.a"))
        .as("the head, and the first that is kept")
        .isEqualTo(new Place(3, 3));
    for (String topic : List.of("channel:other", "user:bob", "user:short.a")) {
      assertThat(place(topic)).as(topic).isEqualTo(new Place(3, 1));
    }
    append("channel:short.a", 1);
    assertThat(Await.result(node.log.read("channel:short.a", 0, 10, 10_000)).entries())
        .extracting(kept -> kept.offset())
        .containsExactly(3L, 4L);
  }

  @Test
  void whatIsKeptLongerStaysAndTheRestGoes() {
    start(24, "long.*=durable;retention_hours=168", "*=durable");
    for (String topic : List.of("channel:long.a", "channel:other", "user:bob")) {
      append(topic, 3);
      makeOld(topic, 2);
    }
    retain();
    assertThat(place("channel:long.a")).isEqualTo(new Place(3, 1));
    assertThat(place("channel:other")).isEqualTo(new Place(3, 3));
    assertThat(place("user:bob")).isEqualTo(new Place(3, 3));
  }

  @Test
  void theFirstRuleThatMatchesDecides() {
    start(168, "a.b=durable", "a.*=durable;retention_hours=24", "*=durable");
    for (String topic : List.of("channel:a.b", "channel:a.bc", "channel:a.")) {
      append(topic, 1);
      makeOld(topic, 1);
    }
    retain();
    assertThat(place("channel:a.b")).isEqualTo(new Place(1, 1));
    assertThat(place("channel:a.bc")).isEqualTo(new Place(1, 0));
    assertThat(place("channel:a.")).isEqualTo(new Place(1, 0));
  }

  @Test
  void moreThanAStepGoesInOneRunFromTheOldestOn() {
    start(168, "short=durable;retention_hours=26", "*=durable");
    append("channel:short", 1);
    append("channel:other", 1);
    TestPostgres.execute(
        url,
        """
        insert into trunkline.message
        select t.id, 1 + n, 'alice', '{}', now() - interval '29 hours' + n * interval '1 second'
        from trunkline.topic t, generate_series(1, 12500) n;
        update trunkline.topic set head = 12501;
        update trunkline.message set stored_at = now() - interval '29 hours' where "offset" = 1;
        """);
    retain();
    long kept = place("channel:short").firstAfter();
    assertThat(kept).as("of one a second, from 26 to 25.5 hours old").isGreaterThan(10_000);
    assertThat(number("channel:short")).as("without a hole").isEqualTo(12_501 - kept + 1);
    assertThat(number("channel:other")).isEqualTo(12_501);
  }

  @Test
  void whatBecomesOldLaterGoesWithALaterRun() {
    start(168, "short=durable;retention_hours=24", "*=durable");
    append("channel:short", 2);
    retain();
    assertThat(place("channel:short")).isEqualTo(new Place(2, 1));
    append("channel:short", 1);
    TestPostgres.execute(
        url,
        "update trunkline.message set stored_at = now() - interval '25 hours 1 second'"
            + " where \"offset\" < 3");
    try (StoreNode other = node) {
      start(168, "short=durable;retention_hours=24", "*=durable");
      retain();
    }
    assertThat(place("channel:short")).isEqualTo(new Place(3, 3));
  }

  @Test
  void neitherWriterNorRunWaitsForTheOther() throws Exception {
    start(168, "short=durable;retention_hours=24", "*=durable");
    append("channel:short", 2);
    makeOld("channel:short", 1);
    try (Connection writer = TestPostgres.connect(url);
        Statement statement = writer.createStatement()) {
      writer.setAutoCommit(false);
      statement.execute(
          "select * from trunkline.append('{channel:short}', '{false}', '{bob}', '{null}', '{x}')");
      retain();
      assertThat(place("channel:short")).isEqualTo(new Place(2, 2));
      writer.commit();
    }
    assertThat(place("channel:short")).isEqualTo(new Place(3, 2));
  }

  private void append(String topic, int count) {
    for (int i = 0; i < count; i++) {
      Await.result(node.log.append(entry(topic, "alice", null)));
    }
  }

  private void makeOld(String topic, long to) {
    TestPostgres.execute(
        url,
        "update trunkline.message set stored_at = now() - interval '26 hours' where \"offset\" <= "
            + to
            + " and topic_id = (select id from trunkline.topic where name = '"
            + topic
            + "')");
  }

  private void retain() {
    Await.result(node.log.retain(), Duration.ofSeconds(30));
  }

  private Place place(String topic) {
    return Await.result(node.log.place(topic, 0));
  }

  private long number(String topic) {
    return StoreQueries.number(
        url,
        "select count(*) from trunkline.message m join trunkline.topic t on t.id = m.topic_id"
            + " where t.name = '"
            + topic
            + "'");
  }
}
