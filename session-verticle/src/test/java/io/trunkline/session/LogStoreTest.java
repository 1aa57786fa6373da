package io.trunkline.session;

import static io.trunkline.session.StoreNode.entry;
import static io.trunkline.session.StoreNode.wantedFor;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.ErrorCode;
import io.trunkline.protocol.Refusal;
import io.trunkline.testing.Await;
import io.trunkline.testing.TestPostgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Tuple;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LogStoreTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  private final Vertx vertx = Vertx.vertx();
  private final List<StoreNode> nodes = new ArrayList<>();
  private String url;

  @BeforeEach
  void database() {
    url = TestPostgres.freshDatabase();
    Migrations.migrate(url);
  }

  @AfterEach
  void close() {
    nodes.forEach(StoreNode::close);
    Await.result(vertx.close());
  }

  private StoreNode node() {
    StoreNode node = StoreNode.start(vertx, url);
    nodes.add(node);
    return node;
  }

  @Test
  void offsetsHaveNoHolesUnderFourConcurrentStores() {
    List<StoreNode> four = List.of(node(), node(), node(), node());
    List<Future<Appended>> all = new ArrayList<>();
    for (int i = 0; i < 4_000; i++) {
      StoreNode node = four.get(i % 4);
      all.add(node.log.append(entry("user:u" + i % 3, "sender" + i % 7, "id-" + i)));
    }
    Await.result(Future.all(all), LONG);
    for (int user = 0; user < 3; user++) {
      TreeSet<Long> offsets = new TreeSet<>();
      for (int i = user; i < 4_000; i += 3) {
        offsets.add(all.get(i).result().offset());
      }
      long count = offsets.size();
      assertThat(offsets.first()).isEqualTo(1);
      assertThat(offsets.last()).isEqualTo(count);
      assertThat(readAll(four.get(0), "user:u" + user)).hasSize((int) count);
    }
  }

  @Test
  void callsOfOneStoreKeepTheirOrderWhenOneWaitsForTheOther() {
    StoreNode node = node();
    List<Long> offsets = new ArrayList<>();
    Future<Void> chain = Future.succeededFuture();
    for (int i = 0; i < 50; i++) {
      chain =
          chain
              .compose(v -> node.log.append(entry("user:bob", "alice", null)))
              .map(appended -> offsets.add(appended.offset()))
              .mapEmpty();
    }
    Await.result(chain);
    assertThat(offsets).isSorted().hasSize(50).startsWith(1L).endsWith(50L);
  }

  @Test
  void sameIdIsStoredOnceFromTwoStoresAtTheSameTime() {
    StoreNode one = node();
    StoreNode two = node();
    List<Future<Appended>> all = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      all.add(one.log.append(entry("user:bob", "alice", "id-" + i)));
      all.add(two.log.append(entry("user:bob", "alice", "id-" + i)));
    }
    Await.result(Future.all(all), LONG);
    for (int i = 0; i < all.size(); i += 2) {
      Appended first = all.get(i).result();
      Appended second = all.get(i + 1).result();
      assertThat(first.offset()).isEqualTo(second.offset());
      assertThat(first.time()).isEqualTo(second.time());
      assertThat(first.duplicate()).isNotEqualTo(second.duplicate());
    }
    assertThat(readAll(one, "user:bob")).hasSize(300);
  }

  @Test
  void sameIdForTwoTopicsAtTheSameTimeIsStoredInOne() {
    StoreNode one = node();
    StoreNode two = node();
    List<Appended> all = new ArrayList<>();
    for (int round = 0; round < 20; round++) {
      List<Integer> ids =
          new ArrayList<>(IntStream.range(round * 100, round * 100 + 100).boxed().toList());
      Future<List<Appended>> first = appendAtOnce(one, "user:bob", ids);
      Collections.shuffle(ids, new Random(round));
      Future<List<Appended>> second = appendAtOnce(two, "user:carol", ids);
      Await.result(Future.all(first, second));
      all.addAll(first.result());
      all.addAll(second.result());
    }
    assertThat(all.stream().filter(Appended::duplicate)).hasSize(2_000);
    int bob = readAll(one, "user:bob").size();
    int carol = readAll(one, "user:carol").size();
    assertThat(bob + carol).isEqualTo(2_000);
    assertThat(head("user:bob")).isEqualTo(bob);
    assertThat(head("user:carol")).isEqualTo(carol);
    assertThat(deadlocks()).isZero();
  }

  private static Future<List<Appended>> appendAtOnce(
      StoreNode node, String topic, List<Integer> ids) {
    List<Entry> entries = ids.stream().map(id -> entry(topic, "alice", "id-" + id)).toList();
    return node.on(
        () ->
            Future.all(entries.stream().map(node.log::append).toList())
                .map(done -> done.<Appended>list()));
  }

  @Test
  void repeatGetsTheFirstAck() {
    StoreNode node = node();
    Appended first = Await.result(node.log.append(entry("user:bob", "alice", "a")));
    assertThat(first.duplicate()).isFalse();
    Appended again = Await.result(node.log.append(entry("user:bob", "alice", "a")));
    Appended elsewhere = Await.result(node.log.append(entry("user:carol", "alice", "a")));
    Entry nowhere = new Entry("user:none", true, "alice", "a", new byte[] {'{'}, LONG);
    Appended repeat = new Appended(first.offset(), first.time(), true);
    assertThat(again).isEqualTo(repeat);
    assertThat(elsewhere).isEqualTo(repeat);
    assertThat(Await.result(node.log.append(nowhere))).isEqualTo(repeat);
    Appended others = Await.result(node.log.append(entry("user:bob", "dave", "a")));
    assertThat(others.offset()).isEqualTo(2);
  }

  @Test
  void repeatInOneBatchGetsTheFirstAck() {
    StoreNode node = node();
    Future<List<Appended>> both =
        node.on(
            () -> {
              Future<Appended> first = node.log.append(entry("user:bob", "alice", "a"));
              Future<Appended> second = node.log.append(entry("user:bob", "alice", "a"));
              return Future.all(first, second).map(done -> done.<Appended>list());
            });
    List<Appended> results = Await.result(both);
    assertThat(results.get(0).duplicate()).isFalse();
    assertThat(results.get(1))
        .isEqualTo(new Appended(results.get(0).offset(), results.get(0).time(), true));
  }

  @Test
  void withoutAnIdEveryTimeIsTheFirst() {
    StoreNode node = node();
    Await.result(node.log.append(entry("user:bob", "alice", null)));
    Appended second = Await.result(node.log.append(entry("user:bob", "alice", null)));
    assertThat(second.offset()).isEqualTo(2);
    assertThat(second.duplicate()).isFalse();
  }

  @Test
  void anIdMayHoldAnyCharacter() {
    StoreNode node = node();
    String strange = "\u0000\u0001'\";\u20ac\ud83d\ude00";
    Appended first = Await.result(node.log.append(entry("user:bob", "alice", strange)));
    Appended again = Await.result(node.log.append(entry("user:bob", "alice", strange)));
    assertThat(again).isEqualTo(new Appended(first.offset(), first.time(), true));
  }

  @Test
  void poisonedMessageFailsAlone() {
    StoreNode node = node();
    List<Future<Appended>> all =
        Await.result(
            node.on(
                () -> {
                  List<Future<Appended>> batch = new ArrayList<>();
                  for (int i = 0; i < 100; i++) {
                    String topic = i == 37 ? "user:\u0000" : "user:bob";
                    batch.add(node.log.append(entry(topic, "alice", "id-" + i)));
                  }
                  return Future.join(batch).transform(done -> Future.succeededFuture(batch));
                }));
    assertThat(refusal(all.get(37)).code()).isEqualTo(ErrorCode.BAD_REQUEST);
    assertThat(all.stream().filter(Future::succeeded)).hasSize(99);
    assertThat(readAll(node, "user:bob")).hasSize(99);
    assertThat(head("user:bob")).isEqualTo(99);
  }

  @Test
  void unknownReceiverIsRefusedAndTheRestOfTheBatchIsStored() {
    StoreNode node = node();
    Await.result(node.sessions.create("bob", 0, null));
    Entry toNobody = new Entry("user:nobody", true, "alice", "1", new byte[] {'{'}, LONG);
    Entry toBob = new Entry("user:bob", true, "alice", "2", new byte[] {'{'}, LONG);
    Future<Appended> refused = node.log.append(toNobody);
    Future<Appended> stored = node.log.append(toBob);
    assertThat(Await.result(stored).offset()).isEqualTo(1);
    Await.until(refused::isComplete, "the refusal");
    assertThat(refusal(refused).code()).isEqualTo(ErrorCode.UNKNOWN_RECEIVER);
    assertThat(head("user:nobody")).isEqualTo(-1);
  }

  @Test
  void whatNobodyWaitsForWhenItsTurnComesIsNotStored() {
    StoreNode node = StoreNode.start(vertx, new StoreSettings(url, 1, 3_600, 168));
    nodes.add(node);
    Await.until(
        () -> Await.result(node.log.append(entry("user:warm", "alice", null))).offset() > 0,
        "the first statements, which take longer");
    for (int turn = 1; turn <= 3; turn++) {
      Future<?> busy = node.database.query("select pg_sleep(0.5)", Tuple.tuple());
      List<Future<Appended>> late = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        late.add(node.log.append(wantedFor(Duration.ofMillis(200), "user:bob", "alice")));
      }
      Future<Appended> wanted = node.log.append(wantedFor(LONG, "user:bob", "alice"));
      late.add(node.log.append(wantedFor(Duration.ofMillis(200), "user:bob", "alice")));
      assertThat(Await.result(wanted).offset()).isEqualTo(turn);
      assertThat(busy.succeeded()).isTrue();
      for (Future<Appended> each : late) {
        Await.until(each::isComplete, "the refusal");
        assertThat(refusal(each).code()).isEqualTo(ErrorCode.UNAVAILABLE);
      }
    }
    assertThat(head("user:bob")).isEqualTo(3);
  }

  @Test
  void batchesLockInOneOrderAndNeverDeadlock() {
    List<StoreNode> four = List.of(node(), node(), node(), node());
    Random random = new Random(7);
    List<Future<Appended>> all = new ArrayList<>();
    for (int i = 0; i < 6_000; i++) {
      String topic = "channel:" + random.nextInt(40);
      String id = "id-" + random.nextInt(4_000);
      all.add(four.get(i % 4).log.append(entry(topic, "sender" + random.nextInt(3), id)));
    }
    Await.result(Future.all(all), LONG);
    assertThat(deadlocks()).isZero();
    assertThat(
            number(
                "select count(*) from trunkline.topic t where head <> "
                    + "(select count(*) from trunkline.message m where m.topic_id = t.id)"))
        .isZero();
  }

  @Test
  void pageEndsAtItsLimitAndAtItsBytes() {
    StoreNode node = node();
    for (int i = 0; i < 10; i++) {
      Await.result(node.log.append(entry("user:bob", "alice", null, "x".repeat(1_000))));
    }
    BusMessage.LogPage three = Await.result(node.log.read("user:bob", 2, 3, 1 << 20));
    assertThat(three.entries()).extracting(BusMessage.Delivery::offset).containsExactly(3L, 4L, 5L);
    assertThat(three.head()).isEqualTo(10);
    assertThat(Await.result(node.log.read("user:bob", 0, 100, 2_500)).entries()).hasSize(3);
    assertThat(Await.result(node.log.read("user:bob", 0, 100, 1)).entries()).hasSize(1);
    assertThat(Await.result(node.log.read("user:bob", 10, 100, 1 << 20)).entries()).isEmpty();
    assertThat(Await.result(node.log.read("user:none", 0, 100, 1 << 20)).head()).isZero();
  }

  @Test
  void anEntryIsReadAsTheFrameThatWasTold() {
    StoreNode node = node();
    Appended appended = Await.result(node.log.append(entry("user:bob", "alice", "a")));
    BusMessage.Delivery read =
        Await.result(node.log.read("user:bob", 0, 1, 1_000)).entries().get(0);
    assertThat(new String(read.frame(), StandardCharsets.UTF_8))
        .isEqualTo(
            "{\"type\":\"private_message\",\"sender\":\"alice\",\"message\":\"hi\",\"offset\":1,"
                + "\"time\":\""
                + io.trunkline.protocol.Times.iso(appended.time())
                + "\"}");
  }

  @Test
  void placeTellsHeadAndWhatIsLeft() throws SQLException {
    StoreNode node = node();
    for (int i = 0; i < 5; i++) {
      Await.result(node.log.append(entry("user:bob", "alice", null)));
    }
    assertThat(Await.result(node.log.place("user:bob", 2))).isEqualTo(new Place(5, 3));
    assertThat(Await.result(node.log.place("user:bob", 5))).isEqualTo(new Place(5, 0));
    assertThat(Await.result(node.log.place("user:none", 0))).isEqualTo(new Place(0, 0));
    TestPostgres.execute(url, "delete from trunkline.message where \"offset\" < 5");
    assertThat(Await.result(node.log.place("user:bob", 2))).isEqualTo(new Place(5, 5));
  }

  @Test
  void whatHasGrownIsToldToEveryServiceThatAsks() {
    for (StoreNode asking : List.of(node(), node())) {
      Await.result(asking.log.append(entry("user:bob", "alice", null)));
      Await.result(asking.log.append(entry("user:bob", "alice", null)));
      List<BusMessage.Head> told = Await.result(asking.log.grownLately());
      assertThat(told).extracting(BusMessage.Head::topic).containsOnlyOnce("user:bob");
    }
  }

  @Test
  void whatHasGrownWhileTheQuestionFailedIsToldTheNextTime() {
    StoreNode node = node();
    Growth growth = new Growth(node.database, 0);
    assertThat(Await.result(growth.sinceLastTime())).isEmpty();
    Await.result(node.log.append(entry("user:bob", "alice", null)));
    TestPostgres.execute(url, "alter table trunkline.message rename to hidden");
    assertThatThrownBy(() -> Await.result(growth.sinceLastTime())).hasMessageContaining("message");
    TestPostgres.execute(url, "alter table trunkline.hidden rename to message");
    assertThat(Await.result(growth.sinceLastTime()))
        .extracting(BusMessage.Head::topic)
        .containsExactly("user:bob");
    assertThat(Await.result(growth.sinceLastTime())).isEmpty();
  }

  @Test
  void whatWasCommittedLateIsToldAllTheSame() throws SQLException {
    Growth growth = new Growth(node().database, 0);
    try (Connection slow = TestPostgres.connect(url);
        Statement statement = slow.createStatement()) {
      statement.execute("set application_name = 'trunkline'");
      slow.setAutoCommit(false);
      statement.execute(
          "select trunkline.append(array['user:late'], array[false], array['a'], "
              + "array[null]::bytea[], array['{']::bytea[])");
      assertThat(Await.result(growth.sinceLastTime())).isEmpty();
      assertThat(Await.result(growth.sinceLastTime())).isEmpty();
      slow.commit();
    }
    assertThat(Await.result(growth.sinceLastTime()))
        .containsExactly(new BusMessage.Head("user:late", 1));
    assertThat(Await.result(growth.sinceLastTime())).isEmpty();
  }

  private static Refusal refusal(Future<?> future) {
    return (Refusal) future.cause();
  }

  private static List<BusMessage.Delivery> readAll(StoreNode node, String topic) {
    List<BusMessage.Delivery> all = new ArrayList<>();
    while (true) {
      long after = all.isEmpty() ? 0 : all.get(all.size() - 1).offset();
      List<BusMessage.Delivery> page =
          Await.result(node.log.read(topic, after, 500, 1 << 20)).entries();
      if (page.isEmpty()) {
        return Collections.unmodifiableList(all);
      }
      all.addAll(page);
    }
  }

  private long head(String topic) {
    return number(
        "select coalesce((select head from trunkline.topic where name = '" + topic + "'), -1)");
  }

  private long deadlocks() {
    return number("select deadlocks from pg_stat_database where datname = current_database()");
  }

  private long number(String sql) {
    return StoreQueries.number(url, sql);
  }
}
