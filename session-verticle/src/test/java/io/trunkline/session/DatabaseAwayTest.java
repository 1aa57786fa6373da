package io.trunkline.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage.CreateSession;
import io.trunkline.protocol.BusMessage.Refused;
import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.ErrorCode;
import io.trunkline.testing.Await;
import io.trunkline.testing.DedicatedPostgres;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What clients see while Postgres is away, and after. */
class DatabaseAwayTest {
  /** Far more than a service may hold. */
  private static final int CROWD = 4000;

  private final DedicatedPostgres postgres = DedicatedPostgres.start();
  private final TestCluster cluster = new TestCluster(postgres.url());
  private FakeGateway gateway;
  private SessionService service;

  @BeforeEach
  void start() {
    service = cluster.service("s1");
    gateway = cluster.gateway("g1");
    gateway.ask(Addresses.SESSIONS, new CreateSession("bob", 0));
    assertThat(send(0).getString("type")).isEqualTo("ack");
  }

  @AfterEach
  void stop() {
    cluster.close();
    postgres.close();
  }

  @Test
  void aDatabaseThatCrashedIsUnavailableAndThenThereAgain() {
    postgres.stopImmediately();
    assertAway();
    postgres.startAgain();
    assertBack();
  }

  @Test
  void aDatabaseThatHangsIsUnavailableAndThenThereAgain() {
    postgres.pause();
    assertAway();
    postgres.resume();
    assertBack();
  }

  private void assertAway() {
    long began = System.nanoTime();
    assertUnavailable(send(1));
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
    assertCrowdIsAnswered();
    Refused refused = (Refused) gateway.ask(Addresses.SESSIONS, new CreateSession("carol", 0));
    assertThat(refused.code()).isEqualTo(ErrorCode.UNAVAILABLE);
    String echo = "{\"type\":\"echo\",\"content\":1}";
    assertThat(gateway.askForFrame(FakeGateway.caller("alice"), echo).getInteger("content"))
        .isOne();
    assertThat(Await.result(service.ready().transform(Future::succeededFuture)).failed()).isTrue();
  }

  private void assertCrowdIsAnswered() {
    List<Future<Reply>> crowd = IntStream.range(0, CROWD).mapToObj(i -> sending(1000 + i)).toList();
    Await.result(Future.all(crowd), Duration.ofSeconds(5));
    crowd.forEach(reply -> assertUnavailable(FakeGateway.json(reply.result().frame())));
  }

  private void assertBack() {
    Await.until(() -> send(1).getString("type").equals("ack"), "messages are stored again");
    Await.until(
        () -> Await.result(service.ready().transform(Future::succeededFuture)).succeeded(),
        "the service is ready again");
  }

  private JsonObject send(int id) {
    return FakeGateway.json(Await.result(sending(id)).frame());
  }

  private Future<Reply> sending(int id) {
    String json =
        "{\"type\":\"private_message\",\"receiver\":\"bob\",\"message\":1,\"id\":\"m-" + id + "\"}";
    return gateway
        .asking("message.private_message", gateway.request(FakeGateway.caller("alice"), 1, json))
        .map(Reply.class::cast);
  }

  private static void assertUnavailable(JsonObject frame) {
    assertThat(frame.getString("code")).as(frame.encode()).isEqualTo("unavailable");
    assertThat(frame.getBoolean("retryable")).isTrue();
  }
}
