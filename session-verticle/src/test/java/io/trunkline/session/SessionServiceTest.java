package io.trunkline.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.node.Node;
import io.trunkline.node.Role;
import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.BusMessage.Caller;
import io.trunkline.protocol.BusMessage.CreateSession;
import io.trunkline.protocol.BusMessage.NumberedReply;
import io.trunkline.protocol.BusMessage.Replies;
import io.trunkline.protocol.BusMessage.Requests;
import io.trunkline.protocol.BusMessage.SessionInfo;
import io.trunkline.testing.Await;
import io.trunkline.testing.TestPostgres;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A session service among other nodes, as they come and go. */
class SessionServiceTest {
  private final TestCluster cluster = new TestCluster();

  @AfterEach
  void stop() {
    cluster.close();
  }

  @Test
  void aServiceThatComesAndGoesUnderTrafficFailsNoRequest() {
    cluster.service("s1");
    FakeGateway gateway = cluster.gateway("g1");
    gateway.ask(Addresses.SESSIONS, new CreateSession("alice", 0));
    Await.result(gateway.follow("user:alice"));
    Node second = cluster.join("s2", Role.SESSION);

    Traffic traffic = Traffic.start(gateway);
    for (int round = 0; round < 3; round++) {
      SessionService service = cluster.service(second);
      traffic.awaitAnswers(500);
      Await.result(service.stop());
      traffic.awaitAnswers(500);
    }
    cluster.leave(second);
    traffic.awaitAnswers(500);
    traffic.stop();
    assertThat(traffic.failures()).isEmpty();
  }

  @Test
  void requestsThatShareAMessageAreAnsweredEachByItself() {
    cluster.service("s1");
    FakeGateway gateway = cluster.gateway("g1");
    gateway.ask(Addresses.SESSIONS, new CreateSession("bob", 0));
    Caller alice = FakeGateway.caller("alice");
    Requests batch =
        new Requests(
            5,
            41,
            List.of(
                gateway.request(alice, 1, "{\"type\":\"echo\",\"id\":\"e\",\"content\":1}"),
                gateway.request(alice, 1, "{\"type\":\"nobody_takes_this\"}"),
                gateway.request(
                    alice,
                    1,
                    "{\"type\":\"private_message\",\"id\":\"p\",\"receiver\":\"bob\",\"message\":1}"),
                gateway.request(alice, 1, "{\"type\":\"echo\"}")));
    Replies first = (Replies) gateway.ask(Addresses.REQUESTS, batch);
    assertThat(first.loop()).isEqualTo(5);
    assertThat(first.replies()).extracting(NumberedReply::number).containsExactly(41L, 42L, 44L);
    Await.until(() -> gateway.later.size() + first.replies().size() == 4, "the append is answered");
    Map<Long, NumberedReply> all =
        Stream.concat(first.replies().stream(), gateway.later.stream())
            .collect(Collectors.toMap(NumberedReply::number, reply -> reply));
    assertThat(FakeGateway.json(all.get(41L).reply().frame()).getString("id")).isEqualTo("e");
    assertThat(all.get(42L).reply()).isNull();
    assertThat(FakeGateway.json(all.get(43L).reply().frame()).getInteger("offset")).isOne();
    assertThat(FakeGateway.json(all.get(44L).reply().frame()).getString("type")).isEqualTo("error");
  }

  @Test
  void aServiceAnswersOnlyWhenItKnowsWhoIsOnline() {
    FakeGateway first = cluster.gateway("g1");
    FakeGateway second = cluster.gateway("g2");
    Await.result(first.follow("user:alice"));
    Await.result(second.follow("user:bob"));
    SessionService service = cluster.service("s1");
    assertThat(service.directory().users(10)).containsExactly("alice", "bob");
    JsonObject answer =
        first.askForFrame(FakeGateway.caller("alice"), "{\"type\":\"presence\",\"id\":\"p\"}");
    assertThat(answer.getInteger("count")).isEqualTo(2);
  }

  @Test
  void aGatewayThatSaysNothingDelaysAServiceForThreeSecondsAndNoLonger() {
    cluster.gateway("g1").beSilent();
    long began = System.nanoTime();
    SessionService service = cluster.service("s1");
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(15));
    Await.result(service.ready());
  }

  @Test
  void theUsersOfAGatewayThatLeavesAreGoneInFiveSeconds() {
    SessionService service = cluster.service("s1");
    FakeGateway gateway = cluster.gateway("g1");
    Await.result(gateway.follow("user:alice"));
    Await.until(() -> service.directory().isOnline("alice"), "alice is online");
    cluster.leave(gateway.node);
    Await.until(() -> service.directory().count() == 0, Duration.ofSeconds(5), "alice is gone");
  }

  @Test
  void theUsersOfAGatewayThatIsSilentAreGoneInTenSeconds() {
    SessionService service = cluster.service("s1");
    FakeGateway gateway = cluster.gateway("g1");
    Await.result(gateway.follow("user:alice"));
    Await.until(() -> service.directory().isOnline("alice"), "alice is online");
    gateway.beSilent();
    Await.until(
        () -> !service.directory().isOnline("alice"), Duration.ofSeconds(10), "alice is gone");
  }

  @Test
  void aSessionDeletedByPlainSqlIsToldToGatewaysWithinASecond() {
    cluster.service("s1");
    FakeGateway gateway = cluster.gateway("g1");
    BusMessage made = gateway.ask(Addresses.SESSIONS, new CreateSession("alice", 0));
    TestPostgres.execute(cluster.databaseUrl, "delete from trunkline.session");
    String hash = SessionHash.of(((SessionInfo) made).id());
    Await.until(
        () -> gateway.ended.contains(hash), Duration.ofSeconds(1), "the gateway hears of it");
  }

  @Test
  void aServiceThatStoppedIsNotReady() {
    SessionService service = cluster.service("s1");
    Await.result(service.ready());
    Await.result(service.stop());
    assertThat(service.ready().failed()).isTrue();
  }
}
