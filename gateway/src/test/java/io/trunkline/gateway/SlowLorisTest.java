package io.trunkline.gateway;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Await;
import io.trunkline.testing.HttpAnswer;
import io.trunkline.testing.RawSocket;
import io.trunkline.testing.WebSocketProbe;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who takes for ever to ask, or asks for too much, before there is a WebSocket. */
class SlowLorisTest {
  private static final Duration HANDSHAKE = Duration.ofSeconds(1);

  private static final Duration GAP = Duration.ofMillis(100);

  @RegisterExtension
  static final Rig rig = Rig.sideBySide("HANDSHAKE_SECONDS", "1", "API_KEY", "key");

  @SideBySide
  void whoNeverSpeaksIsShutOut() {
    try (RawSocket silent = rig.open()) {
      assertThat(silent.ended()).isTrue();
    }
  }

  @SideBySide
  void whoTricklesARequestInIsShutOut() {
    trickle(rig.open(), "GET /ws HTTP/1.1\r\nHost: a\r\nX: ", "a");
  }

  @SideBySide
  void whoTricklesASecondRequestInIsShutOutToo() {
    RawSocket socket = rig.open();
    assertThat(socket.request("GET", "/nothing", Map.of("Host", "a"), "").status()).isEqualTo(404);
    trickle(socket, "GET /ws HTTP/1.1\r\n", "X: a\r\n");
  }

  @SideBySide
  void whoTricklesABodyInIsShutOut() {
    trickle(
        rig.open(),
        "POST /api/sessions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer key\r\n"
            + "Content-Length: 60000\r\n\r\n{",
        " ");
  }

  /** Some bytes often enough that the connection is never idle, until it is closed. */
  private static void trickle(RawSocket socket, String head, String more) {
    socket.send(head.getBytes(US_ASCII));
    long start = System.nanoTime();
    long[] sent = {0};
    Await.until(
        () -> {
          try { // slowly, or the limits of a request's size would do
            if (System.nanoTime() - start > sent[0] * GAP.toNanos()) {
              sent[0]++;
              socket.send(more.getBytes(US_ASCII));
            }
            return false;
          } catch (UncheckedIOException closed) {
            return true;
          }
        },
        Duration.ofSeconds(25),
        "closed");
  }

  @SideBySide
  void whoHasAWebSocketIsLeftInPeace() {
    WebSocketProbe probe = rig.connect("/echo");
    long end = System.nanoTime() + HANDSHAKE.multipliedBy(3).toNanos();
    Await.until(() -> System.nanoTime() > end, "the time for a handshake is over");
    probe.send("still here");
    assertThat(probe.nextMessage().text()).isEqualTo("still here");
  }

  @SideBySide
  void headersBeyondTheLimitAre431() {
    String longHeader = "x".repeat(HttpOptions.MAX_HEADER_BYTES);
    HttpAnswer answer =
        rig.open().request("GET", "/ws", Map.of("Host", "a", "X-Long", longHeader), "");
    assertThat(answer.status()).isEqualTo(431);
    assertThat(answer.json().getString("message")).contains("headers", "16384");
  }

  @SideBySide
  void aLineBeyondTheLimitIs414() {
    String target = "/ws?" + "x".repeat(HttpOptions.MAX_LINE_BYTES);
    HttpAnswer answer = rig.open().request("GET", target, Map.of("Host", "a"), "");
    assertThat(answer.status()).isEqualTo(414);
    assertThat(answer.json().getString("message")).contains("line", "4096");
  }

  @SideBySide
  void whatIsNoHttpIs400AndTheEnd() {
    RawSocket socket = rig.open();
    socket.send("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n\r\n".getBytes(US_ASCII));
    HttpAnswer answer = socket.readHttp();
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().getString("code")).isEqualTo("bad_request");
    assertThat(socket.ended()).isTrue();
  }
}
