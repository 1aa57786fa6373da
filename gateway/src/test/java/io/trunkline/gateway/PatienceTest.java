package io.trunkline.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.protocol.BusMessage.CheckSessions;
import io.trunkline.protocol.BusMessage.Request;
import io.trunkline.protocol.BusMessage.SessionsEnded;
import io.trunkline.testing.Await;
import io.trunkline.testing.Frame;
import io.trunkline.testing.RawSocket;
import io.trunkline.testing.WebSocketProbe;
import io.vertx.core.json.JsonObject;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What only shows after seconds; side by side, as all of them mostly wait. */
class PatienceTest {
  private static final int HEARTBEAT_SECONDS = 1;
  private static final Duration SECOND = Duration.ofSeconds(1);

  /** What a busy machine may add. */
  private static final Duration SLACK = Duration.ofSeconds(2);

  /** The protocol promises an answer within 5 s; one more for a busy machine. */
  private static final Duration UNAVAILABLE_WITHIN = Duration.ofSeconds(6);

  @RegisterExtension
  static final Rig rig =
      Rig.sideBySide(
          "AUTHENTICATION_SECONDS", "1",
          "MAX_UNSENT_BYTES", "16777216",
          "HEARTBEAT_SECONDS", "" + HEARTBEAT_SECONDS,
          "PONG_SECONDS", "1",
          "REQUEST_RATE", "30");

  private static void forSeconds(int seconds, BooleanSupplier alive) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    Await.until(
        () -> System.nanoTime() > end || !alive.getAsBoolean(),
        Duration.ofSeconds(seconds + 1),
        "some seconds");
    assertThat(alive.getAsBoolean()).isTrue();
  }

  // Answers that are lost

  @SideBySide
  void aLostAnswerIsAskedForAgainWithTheAttemptsNumber() {
    WebSocketProbe alice = rig.login("lost");
    rig.service()
        .answer(
            "once_lost",
            request ->
                request.attempt() == 1
                    ? ScriptedService.SILENCE
                    : ScriptedService.reply("{\"type\":\"found\"}"));
    alice.send("{\"type\":\"once_lost\"}");
    alice.expect("found");
    assertThat(rig.service().requests("once_lost"))
        .extracting(Request::attempt)
        .containsExactly(1, 2);
    assertThat(rig.service().requests("once_lost"))
        .extracting(Request::body)
        .allMatch(body -> new String(body, UTF_8).equals("{\"type\":\"once_lost\"}"));
  }

  @SideBySide
  void whatIsNeverAnsweredIsUnavailableInTimeAndSoIsWhatWaitsBehindIt() {
    WebSocketProbe alice = rig.login("silent");
    rig.service().answer("silent", request -> ScriptedService.SILENCE);
    long start = System.nanoTime();
    for (int i = 0; i < 10; i++) {
      alice.send("{\"type\":\"silent\",\"id\":\"c-" + i + "\"}");
    }
    for (int i = 0; i < 10; i++) {
      JsonObject error = alice.expect("error");
      assertThat(error.getString("code")).isEqualTo("unavailable");
      assertThat(error.getString("id")).isEqualTo("c-" + i);
      assertThat(error.getBoolean("retryable")).isTrue();
    }
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(UNAVAILABLE_WITHIN);
    assertThat(rig.service().requests("silent"))
        .extracting(Request::attempt)
        .startsWith(1, 2)
        .allMatch(attempt -> attempt <= 3);
    alice.send("{\"type\":\"echo\",\"content\":1}");
    alice.expect("echo");
  }

  @SideBySide
  void aViolationWhileARequestIsOutClosesOnceItHasItsAnswer() {
    WebSocketProbe alice = rig.login("violator");
    rig.service().answer("unheard", request -> ScriptedService.SILENCE);
    alice.send("{\"type\":\"unheard\"}");
    alice.sendBinary(new byte[1]);
    assertThat(alice.expect("error").getString("code")).isEqualTo("unavailable");
    assertThat(alice.closeCode()).isEqualTo(1003);
  }

  // The rate, for long

  @SideBySide
  void whoGoesOnOverTheLimitForTenSecondsIsClosedWith4102() {
    WebSocketProbe flood = rig.connect("/ws", Map.of("Authorization", "Bearer " + session()));
    long start = System.nanoTime();
    Await.until(
        () -> {
          for (int i = 0; i < 5 && flood.isOpen(); i++) {
            flood.send("ping");
          }
          return !flood.isOpen();
        },
        Duration.ofSeconds(20),
        "closed for flooding");
    assertThat(flood.closeCode()).isEqualTo(4102);
    assertThat(System.nanoTime() - start).isGreaterThan(TimeUnit.SECONDS.toNanos(9));
  }

  private static String session() {
    return rig.service().session("flood");
  }

  // Heartbeats

  @SideBySide
  void theServerPingsAndWhoAnswersStays() {
    WebSocketProbe probe = rig.connect("/echo");
    forSeconds(4, probe::isOpen);
    assertThat(probe.pings()).isBetween(3L, 5L);
  }

  @SideBySide
  void aClientOfTheProtocolIsPingedToo() {
    WebSocketProbe probe = rig.login("pinged");
    forSeconds(3, probe::isOpen);
    assertThat(probe.pings()).isGreaterThanOrEqualTo(2);
  }

  @SideBySide
  void whoDoesNotAnswerThePingIsClosedWith4201() {
    WebSocketProbe probe = rig.login("deaf");
    probe.answerPings(false);
    assertThat(probe.closeCode()).isEqualTo(4201);
    assertThat(probe.pings()).isPositive();
  }

  @SideBySide
  void anEchoClientThatDoesNotAnswerIsClosedWith4201() {
    WebSocketProbe probe = rig.connect("/echo");
    probe.answerPings(false);
    assertThat(probe.closeCode()).isEqualTo(4201);
  }

  @SideBySide
  void anyByteCountsAsASignOfLife() {
    WebSocketProbe probe = rig.connect("/echo");
    probe.answerPings(false);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(4);
    Await.until(
        () -> {
          probe.send(".");
          probe.nextMessage();
          return System.nanoTime() > end;
        },
        "four seconds of talk");
    assertThat(probe.isOpen()).isTrue();
  }

  // Ends that take their time

  @SideBySide
  void aPeerThatDoesNotAnswerACloseIsCutOffAfterSomeSeconds() {
    RawSocket socket = rig.raw("/echo");
    long start = System.nanoTime();
    socket.send(Frame.text("hi").unmasked());
    assertThat(socket.readFrame().closeCode()).isEqualTo(1002);
    Await.until(() -> writeFails(socket), "TCP has ended both ways");
    assertThat(System.nanoTime() - start).isGreaterThan(TimeUnit.SECONDS.toNanos(2));
  }

  @SideBySide
  void whoSaysCloseAndNeverReadsTheRestIsCutOffToo() {
    RawSocket socket = rig.open(4096);
    assertThat(socket.handshake("/echo", Map.of()).status()).isEqualTo(101);
    byte[] frame = Frame.binary(new byte[32_000]).masked();
    for (int i = 0; i < 250; i++) { // more than the kernel keeps, less than is closed for
      socket.send(frame);
    }
    socket.send(Frame.close(1000, ""));
    Await.until(() -> writeFails(socket), "TCP has ended both ways");
  }

  private static boolean writeFails(RawSocket socket) {
    try {
      socket.send(new byte[] {0});
      return false;
    } catch (UncheckedIOException ended) {
      return true;
    }
  }

  // Sessions

  @SideBySide
  void withoutASessionInTimeItCloses4002() {
    WebSocketProbe probe = rig.connect();
    probe.session("nobody");
    long start = System.nanoTime();
    assertThat(probe.closeCode()).isEqualTo(4002);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(SECOND.plus(SLACK));
  }

  @SideBySide
  void withASessionItStaysOpenBeyondThatTime() {
    WebSocketProbe early = rig.login("alice");
    assertThat(rig.connect().closeCode()).isEqualTo(4002);
    early.expectNothing();
  }

  @SideBySide
  void echoNeedsNoSession() {
    WebSocketProbe echo = rig.connect("/echo");
    assertThat(rig.connect().closeCode()).isEqualTo(4002);
    echo.send("still here");
    assertThat(echo.nextMessage().text()).isEqualTo("still here");
  }

  @SideBySide
  void aSessionThatRunsOutClosesWith4001() {
    long at = System.currentTimeMillis() + 2000;
    WebSocketProbe probe = rig.loginWith(rig.service().session("alice", at));
    assertThat(probe.closeCode()).isEqualTo(4001);
    assertThat(System.currentTimeMillis()).isBetween(at, at + SECOND.plus(SLACK).toMillis());
  }

  @SideBySide
  void aSessionThatWasRenewedElsewhereIsAskedForAndStays() {
    String id = rig.service().session("alice", System.currentTimeMillis() + 2000);
    WebSocketProbe probe = rig.loginWith(id);
    rig.service().expire(id, System.currentTimeMillis() + 3_600_000);
    Await.until(() -> !checksOf(id).isEmpty(), "the session is asked for");
    probe.send("{\"type\":\"echo\",\"content\":1}");
    probe.expect("echo");
  }

  @SideBySide
  void theSessionsThatRunOutTogetherAreAskedForTogether() {
    long at = System.currentTimeMillis() + 3000;
    List<String> ids =
        List.of(
            rig.service().session("a", at),
            rig.service().session("b", at),
            rig.service().session("c", at),
            rig.service().session("d", at));
    List<WebSocketProbe> probes = ids.stream().map(rig::loginWith).toList();
    probes.forEach(probe -> assertThat(probe.closeCode()).isEqualTo(4001));
    long questions = ids.stream().flatMap(id -> checksOf(id).stream()).distinct().count();
    assertThat(questions).isLessThanOrEqualTo(3);
  }

  @SideBySide
  void aRefreshedSessionsExpiryAppliesFromThenOn() {
    WebSocketProbe probe =
        rig.loginWith(rig.service().session("alice", System.currentTimeMillis() + 3000));
    String refreshed = rig.service().session("alice");
    assertThat(probe.session(refreshed).getString("status")).isEqualTo("valid");
    String other = rig.service().session("bob", System.currentTimeMillis() + 3500);
    assertThat(rig.loginWith(other).closeCode()).isEqualTo(4001); // so much time has passed
    probe.send("{\"type\":\"echo\",\"content\":1}");
    probe.expect("echo");
    rig.service().publish(new SessionsEnded(List.of(ScriptedService.hash(refreshed))));
    assertThat(probe.closeCode(SECOND.plus(SLACK))).isEqualTo(4001);
  }

  private static List<CheckSessions> checksOf(String id) {
    return rig.service().asked(CheckSessions.class).stream()
        .filter(check -> check.sessions().contains(ScriptedService.hash(id)))
        .toList();
  }
}
