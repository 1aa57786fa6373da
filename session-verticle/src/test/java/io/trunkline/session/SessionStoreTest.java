package io.trunkline.session;

import static io.trunkline.session.StoreNode.entry;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.protocol.BusMessage.Cursor;
import io.trunkline.testing.Await;
import io.trunkline.testing.TestPostgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SessionStoreTest {
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

  private Session open(String user) {
    return find(Await.result(node.sessions.create(user, 0, null)).id());
  }

  private Session find(String id) {
    return Await.result(node.sessions.find(id));
  }

  private void append(String topic, int count) {
    List<Future<Appended>> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add(node.log.append(entry(topic, "alice", null)));
    }
    Await.result(Future.all(all));
  }

  private void move(Session session, long offset) {
    Await.result(node.cursors.move(List.of(new Cursor(session.hash(), offset))));
  }

  @Test
  void whoMovesTheCursorIsRememberedWithTheSession() {
    CreatedSession made = Await.result(node.sessions.create("confirming", 0, null));
    Session before = Await.result(node.sessions.find(made.id()));
    assertThat(before.confirms()).isFalse();
    Await.result(node.cursors.confirm(List.of(before.hash(), before.hash())));
    assertThat(Await.result(node.sessions.find(made.id())).confirms()).isTrue();
  }

  @Test
  void renewingGivesASessionItsOwnLifeAgain() {
    CreatedSession made = Await.result(node.sessions.create("short", 60, null));
    Session renewed = Await.result(node.sessions.renew(SessionHash.of(made.id())));
    assertThat(renewed.expiresAt() - made.expiresAt()).isBetween(0L, 30_000L);
  }

  @Test
  void aSessionIsFoundByItsIdAlone() {
    CreatedSession created = Await.result(node.sessions.create("alice", 0, null));
    Session found = find(created.id());
    assertThat(created.id()).matches("[A-Za-z0-9_-]{43}");
    assertThat(found.user()).isEqualTo("alice");
    assertThat(found.hash()).isEqualTo(SessionHash.of(created.id()));
    assertThat(found.expiresAt()).isEqualTo(created.expiresAt());
    assertThat(found.permissions())
        .containsExactly("broadcast", "presence", "publish:*", "subscribe:*");
    assertThat(find(found.hash())).isNull();
    assertThat(find("")).isNull();
    assertThat(find("nothing")).isNull();
  }

  @Test
  void theIdItselfIsStoredNowhere() {
    CreatedSession created = Await.result(node.sessions.create("alice", 0, null));
    assertThat(created.toString()).doesNotContain(created.id());
    assertThat(
            StoreQueries.number(
                url,
                "select count(*) from trunkline.session s where s::text like '%"
                    + created.id()
                    + "%'"))
        .isZero();
  }

  @Test
  void aSessionPastItsTimeIsNotFound() {
    CreatedSession created = Await.result(node.sessions.create("alice", 1, null));
    assertThat(find(created.id())).isNotNull();
    Await.until(() -> find(created.id()) == null, Duration.ofSeconds(5), "the session to expire");
    String hash = SessionHash.of(created.id());
    assertThat(Await.result(node.sessions.renew(hash))).isNull();
    assertThat(Await.result(node.sessions.check(List.of(hash)))).containsExactly(0L);
  }

  @Test
  void renewingExtends() {
    CreatedSession brief = Await.result(node.sessions.create("alice", 60, null));
    Session renewed = Await.result(node.sessions.renew(SessionHash.of(brief.id())));
    assertThat(renewed.expiresAt()).isGreaterThan(brief.expiresAt());
    assertThat(Await.result(node.sessions.renew(SessionHash.of("nothing")))).isNull();
  }

  @Test
  void aDeletedSessionIsGone() {
    CreatedSession created = Await.result(node.sessions.create("alice", 0, null));
    String hash = SessionHash.of(created.id());
    assertThat(Await.result(node.sessions.delete(hash))).isTrue();
    assertThat(Await.result(node.sessions.delete(hash))).isFalse();
    assertThat(find(created.id())).isNull();
  }

  @Test
  void checkAnswersInTheOrderAsked() {
    CreatedSession one = Await.result(node.sessions.create("alice", 60, null));
    CreatedSession two = Await.result(node.sessions.create("bob", 120, null));
    List<String> hashes =
        List.of(
            SessionHash.of(two.id()),
            SessionHash.of("nothing"),
            SessionHash.of(one.id()),
            SessionHash.of(two.id()));
    assertThat(Await.result(node.sessions.check(hashes)))
        .containsExactly(two.expiresAt(), 0L, one.expiresAt(), two.expiresAt());
  }

  @Test
  void manyLookUpsAtOnceFindEachItsOwn() {
    List<CreatedSession> created = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      created.add(Await.result(node.sessions.create("user" + i, 0, null)));
    }
    List<Future<Session>> found = new ArrayList<>();
    created.forEach(session -> found.add(node.sessions.find(session.id())));
    Await.result(Future.all(found));
    for (int i = 0; i < 200; i++) {
      assertThat(found.get(i).result().user()).isEqualTo("user" + i);
    }
  }

  @Test
  void cursorsMoveForwardOnlyAndNotBeyondTheHead() {
    CreatedSession created = Await.result(node.sessions.create("bob", 0, null));
    append("user:bob", 5);
    Session session = find(created.id());
    assertThat(session.cursor()).isZero();
    assertThat(session.head()).isEqualTo(5);
    assertThat(session.firstAfterCursor()).isEqualTo(1);
    move(session, 3);
    move(session, 2);
    assertThat(find(created.id()).cursor()).isEqualTo(3);
    assertThat(find(created.id()).firstAfterCursor()).isEqualTo(4);
    move(session, 999);
    assertThat(find(created.id()).cursor()).isEqualTo(5);
    assertThat(find(created.id()).firstAfterCursor()).isZero();
  }

  @Test
  void theFurthestOfSeveralMovesCounts() {
    append("user:bob", 9);
    Session one = open("bob");
    Session two = open("bob");
    Await.result(
        node.cursors.move(
            List.of(
                new Cursor(two.hash(), 4),
                new Cursor(one.hash(), 7),
                new Cursor(one.hash(), 6),
                new Cursor(SessionHash.of("gone"), 3))));
    assertThat(cursor(one)).isEqualTo(7);
    assertThat(cursor(two)).isEqualTo(4);
  }

  @Test
  void aNewSessionBeginsAtTheFurthestCursorOfTheOthers() {
    append("user:bob", 9);
    Session near = open("bob");
    Session far = open("bob");
    move(near, 2);
    move(far, 6);
    assertThat(open("bob").cursor()).isEqualTo(6);
  }

  @Test
  void aNewSessionBeginsWhereASessionThatIsGoneHadRead() {
    append("user:bob", 9);
    Session gone = open("bob");
    Session left = open("bob");
    move(gone, 6);
    move(left, 2);
    Await.result(node.sessions.delete(gone.hash()));
    assertThat(open("bob").cursor()).isEqualTo(6);
    assertThat(open("carol").cursor()).isZero();
  }

  @Test
  void cursorMovesOfManyStoresDoNotDeadlock() {
    append("user:bob", 100);
    List<Session> sessions = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      sessions.add(open("bob"));
    }
    try (StoreNode other = StoreNode.start(vertx, url)) {
      List<Future<Void>> all = new ArrayList<>();
      for (int round = 1; round <= 100; round++) {
        List<Cursor> cursors = new ArrayList<>();
        for (Session session : sessions) {
          cursors.add(new Cursor(session.hash(), round));
        }
        java.util.Collections.shuffle(cursors, new java.util.Random(round));
        all.add((round % 2 == 0 ? node : other).cursors.move(cursors));
      }
      Await.result(Future.all(all), Duration.ofSeconds(30));
    }
    assertThat(StoreQueries.number(url, "select min(cursor) from trunkline.session"))
        .isEqualTo(100);
    assertThat(
            StoreQueries.number(
                url, "select deadlocks from pg_stat_database where datname = current_database()"))
        .isZero();
  }

  private long cursor(Session session) {
    return StoreQueries.number(
        url,
        "select cursor from trunkline.session where hash = decode('"
            + session.hash()
            + "', 'hex')");
  }
}
