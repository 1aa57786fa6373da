package io.trunkline.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.BusMessage.Done;
import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.JsonFrame;
import io.trunkline.testing.Await;
import io.trunkline.testing.WebSocketProbe;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A request's way to its handler and back, and the order of requests. */
class RequestTest {
  private static final int RATE = 20;

  /** Lets as many through at once as one second does, so that tests needn't wait. */
  @RegisterExtension
  static final Rig rig = new Rig("REQUEST_RATE", "" + RATE, "REQUEST_BURST", "" + RATE);

  private static String request(String type, int number) {
    return "{\"type\":\"" + type + "\",\"id\":\"c-" + number + "\",\"content\":" + number + "}";
  }

  private static List<String> idsAsked(String type) {
    return rig.service().requests(type).stream()
        .map(request -> JsonFrame.parse(request.body()).id())
        .toList();
  }

  @Test
  void anAnswerIsWrittenAsItCame() {
    WebSocketProbe alice = rig.login("alice");
    String frame = "{ \"odd\" : [1.50, \"\\u00e9\"] }";
    rig.service().answer("odd", request -> ScriptedService.reply(frame));
    alice.send("{\"type\":\"odd\"}");
    assertThat(alice.nextMessage().text()).isEqualTo(frame);
  }

  @Test
  void aHandlerMayHaveNothingToSay() {
    WebSocketProbe alice = rig.login("alice");
    rig.service().answer("received", request -> Future.succeededFuture(Reply.NOTHING));
    alice.send("{\"type\":\"received\",\"offset\":1}");
    alice.send(request("echo", 1));
    assertThat(alice.next().getString("type")).isEqualTo("echo");
    assertThat(rig.service().requests("received")).hasSize(1);
  }

  // Ping

  @Test
  void theBareTextPingIsAnsweredBareAlsoWithoutASession() {
    WebSocketProbe probe = rig.connect();
    probe.send("ping");
    assertThat(probe.nextMessage().text()).isEqualTo("pong");
  }

  @Test
  void theJsonPingIsAnsweredWithItsIdAlsoWithoutASession() {
    WebSocketProbe probe = rig.connect();
    probe.send("{\"type\":\"ping\"}");
    assertThat(probe.next()).isEqualTo(new JsonObject().put("type", "pong"));
    probe.send("{\"type\":\"ping\",\"id\":\"c-1\"}");
    assertThat(probe.next()).isEqualTo(new JsonObject().put("type", "pong").put("id", "c-1"));
  }

  @Test
  void aBarePingDoesNotWaitForARequest() {
    WebSocketProbe alice = rig.login("alice");
    Promise<BusMessage> answer = Promise.promise();
    rig.service().answer("slow", request -> answer.future());
    alice.send(request("slow", 1));
    alice.expectNothing();
    answer.complete(Reply.of("{\"type\":\"done\"}".getBytes(UTF_8)));
    alice.expect("done");
  }

  // Order

  @Test
  void requestsOfOneConnectionAreHandledOneAfterAnother() {
    WebSocketProbe alice = rig.login("alice");
    Promise<BusMessage> first = Promise.promise();
    rig.service()
        .answer(
            "step",
            request ->
                JsonFrame.parse(request.body()).id().equals("c-1")
                    ? first.future()
                    : ScriptedService.reply("{\"type\":\"second\"}"));
    alice.send(request("step", 1));
    alice.send(request("step", 2));
    Await.until(() -> !idsAsked("step").isEmpty(), "the first is asked");
    rig.login("bob").send(request("echo", 3));
    Await.until(() -> !idsAsked("echo").isEmpty(), "another's is asked later");
    assertThat(idsAsked("step")).containsExactly("c-1");
    alice.expectNothing();
    first.complete(Reply.of("{\"type\":\"first\"}".getBytes(UTF_8)));
    alice.expect("first");
    alice.expect("second");
    assertThat(idsAsked("step")).containsExactly("c-1", "c-2");
  }

  @Test
  void answersComeInTheOrderOfTheRequestsErrorsIncluded() {
    WebSocketProbe alice = rig.login("alice");
    for (int i = 0; i < RATE; i++) {
      alice.send(i % 4 == 3 ? "{\"id\":\"c-" + i + "\"}" : request("echo", i));
    }
    for (int i = 0; i < RATE; i++) {
      JsonObject answer = alice.next();
      assertThat(answer.getString("id")).isEqualTo("c-" + i);
      assertThat(answer.getString("type")).isEqualTo(i % 4 == 3 ? "error" : "echo");
    }
  }

  @Test
  void connectionsDoNotWaitForEachOther() {
    WebSocketProbe alice = rig.login("alice");
    List<WebSocketProbe> others =
        IntStream.range(0, 4).mapToObj(i -> rig.login("user-" + i)).toList();
    rig.service().answer("slow", request -> ScriptedService.SILENCE);
    alice.send(request("slow", 1));
    others.forEach(other -> other.send(request("echo", 1)));
    others.forEach(other -> other.expect("echo"));
  }

  @Test
  void aConnectionThatEndsTakesItsWaitingRequestsAlong() {
    WebSocketProbe alice = rig.login("alice");
    Promise<BusMessage> first = Promise.promise();
    rig.service().answer("step", request -> first.future());
    alice.send(request("step", 1));
    alice.send(request("step", 2));
    Await.until(() -> !idsAsked("step").isEmpty(), "the first is asked");
    alice.abort();
    Await.until(() -> rig.gateway().connections() == 0, "the connection is gone");
    first.complete(Reply.NOTHING);
    rig.login("bob").send(request("echo", 3));
    Await.until(() -> !rig.service().requests("echo").isEmpty(), "another request is handled");
    assertThat(idsAsked("step")).containsExactly("c-1");
  }

  // Handlers that fail

  @Test
  void aHandlerThatFailsIsUnavailableAtOnce() {
    WebSocketProbe alice = rig.login("alice");
    rig.service().answer("broken", request -> Future.failedFuture("on purpose"));
    alice.send(request("broken", 1));
    JsonObject error = alice.expect("error");
    assertThat(error.getString("code")).isEqualTo("unavailable");
    assertThat(error.getString("id")).isEqualTo("c-1");
    assertThat(error.getBoolean("retryable")).isTrue();
    assertThat(error.getString("message")).doesNotContain("on purpose");
    assertThat(rig.service().requests("broken")).hasSize(1);
  }

  @Test
  void anAnswerOfTheWrongKindIsUnavailable() {
    WebSocketProbe alice = rig.login("alice");
    rig.service().answer("odd", request -> Future.succeededFuture(new Done()));
    alice.send(request("odd", 1));
    assertThat(alice.expect("error").getString("code")).isEqualTo("unavailable");
    alice.send(request("echo", 2));
    alice.expect("echo");
  }

  // The rate

  @Test
  void beyondTheBurstARequestIsRefusedWithItsIdAndTheConnectionStays() {
    WebSocketProbe alice = rig.login("alice");
    for (int i = 0; i < 2 * RATE; i++) {
      alice.send(request("echo", i));
    }
    int refused = 0;
    for (int i = 0; i < 2 * RATE; i++) {
      JsonObject answer = alice.next();
      if (answer.getString("type").equals("error")) {
        refused++;
        assertThat(answer.getString("code")).isEqualTo("rate_limited");
        assertThat(answer.getBoolean("retryable")).isTrue();
        assertThat(answer.getString("id")).startsWith("c-");
      }
    }
    assertThat(refused).isBetween(RATE / 2, RATE);
    assertThat(rig.service().requests("echo")).hasSize(2 * RATE - refused);
    assertThat(alice.isOpen()).isTrue();
  }

  @Test
  void whatCannotBeReadIsLimitedToo() {
    WebSocketProbe probe = rig.connect();
    for (int i = 0; i < 2 * RATE; i++) {
      probe.send(i % 2 == 0 ? "nonsense" : "ping");
    }
    Await.until(() -> probe.waiting() == 2 * RATE, "all are answered");
    long limited =
        IntStream.range(0, 2 * RATE)
            .filter(i -> probe.nextMessage().text().contains("rate_limited"))
            .count();
    assertThat(limited).isPositive();
  }

  @Test
  void eachConnectionHasItsOwnRate() {
    WebSocketProbe alice = rig.login("alice");
    for (int i = 0; i < 2 * RATE; i++) {
      alice.send("ping");
    }
    WebSocketProbe bob = rig.login("bob");
    for (int i = 0; i < RATE; i++) {
      bob.send("ping");
      assertThat(bob.nextMessage().text()).isEqualTo("pong");
    }
  }
}
