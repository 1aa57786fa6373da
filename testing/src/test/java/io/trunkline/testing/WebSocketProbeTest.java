package io.trunkline.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class WebSocketProbeTest {
  private static final Vertx vertx = Vertx.vertx();
  private static String url;

  @BeforeAll
  static void listen() {
    HttpServer server =
        vertx
            .createHttpServer(new HttpServerOptions().addWebSocketSubProtocol("trunkline.v1"))
            .webSocketHandshakeHandler(
                handshake -> {
                  if (handshake.path().equals("/no")) {
                    handshake.reject(403);
                  } else {
                    handshake.accept();
                  }
                })
            .webSocketHandler(WebSocketProbeTest::answer);
    url = "ws://127.0.0.1:" + Await.result(server.listen(0, "127.0.0.1")).actualPort();
  }

  @AfterAll
  static void stop() {
    Await.result(vertx.close());
  }

  private static void answer(ServerWebSocket socket) {
    socket.binaryMessageHandler(bytes -> forget(socket.writeBinaryMessage(bytes)));
    socket.textMessageHandler(
        text -> {
          switch (text) {
            case "ping" -> forget(socket.writeTextMessage("pong"));
            case "leave" -> forget(socket.close((short) 4101, "{\"retry_after_ms\":5}"));
            case "knock" -> forget(socket.writePing(Buffer.buffer("anyone")));
            case "split" ->
                forget(
                    socket
                        .writeFrame(
                            io.vertx.core.http.WebSocketFrame.textFrame("{\"type\":", false))
                        .compose(
                            v ->
                                socket.writeFrame(
                                    io.vertx.core.http.WebSocketFrame.continuationFrame(
                                        Buffer.buffer("\"both\"}"), true))));
            default -> forget(socket.writeTextMessage(text));
          }
        });
    socket.pongHandler(pong -> forget(socket.writeTextMessage("{\"type\":\"alive\"}")));
  }

  private static void forget(io.vertx.core.Future<?> future) {
    future.onFailure(e -> {});
  }

  @Test
  void textBinaryAndFragmentsArrive() {
    try (WebSocketProbe probe = WebSocketProbe.connect(url + "/ws")) {
      probe.send(new JsonObject().put("type", "x").put("text", "ä".repeat(30_000)));
      assertThat(probe.expect("x").getString("text")).hasSize(30_000);
      probe.sendBinary("bytes".getBytes(StandardCharsets.UTF_8));
      assertThat(probe.nextMessage().isText()).isFalse();
      probe.send("split");
      probe.expect("both");
      probe.expectNothing();
    }
  }

  @Test
  void pingsAreCountedAndAnswered() {
    try (WebSocketProbe probe = WebSocketProbe.connect(url + "/ws")) {
      probe.send("knock");
      probe.expect("alive");
      assertThat(probe.pings()).isEqualTo(1);
    }
  }

  @Test
  void closeCodeAndReasonAreSeen() {
    WebSocketProbe probe = WebSocketProbe.connect(url + "/ws");
    probe.send("leave");
    assertThat(probe.closeCode()).isEqualTo(4101);
    assertThat(probe.closeReason()).isEqualTo("{\"retry_after_ms\":5}");
    assertThatThrownBy(() -> probe.next(Duration.ofMillis(1))).hasMessageContaining("4101");
  }

  @Test
  void ourOwnCloseIsAnswered() {
    WebSocketProbe probe = WebSocketProbe.connect(url + "/ws");
    probe.close(1000, "enough");
    assertThat(probe.closeCode()).isEqualTo(1000);
  }

  @Test
  void subprotocolIsToldAndRefusalsShowTheirStatus() {
    List<String> offers = List.of("trunkline.v1", "other");
    try (WebSocketProbe probe = WebSocketProbe.connect(url + "/ws", Map.of(), offers)) {
      assertThat(probe.subprotocol()).isEqualTo("trunkline.v1");
    }
    assertThat(WebSocketProbe.refused(url + "/no", Map.of(), List.of()).status()).isEqualTo(403);
    assertThatThrownBy(() -> WebSocketProbe.connect(url + "/no")).hasMessageContaining("403");
  }

  @Test
  void pausedProbeTakesWhatCameOnceItGoesOn() {
    try (WebSocketProbe probe = WebSocketProbe.connect(url + "/ws", Map.of(), List.of(), 4096)) {
      probe.pause();
      for (int i = 0; i < 50; i++) {
        probe.send("{\"type\":\"n\"}");
      }
      assertThat(probe.waiting()).isLessThanOrEqualTo(1);
      probe.resume();
      for (int i = 0; i < 50; i++) {
        probe.expect("n");
      }
    }
  }

  @Test
  void rawSocketSendsWhatNobodyShould() {
    String[] hostAndPort = url.substring("ws://".length()).split(":");
    try (RawSocket socket = RawSocket.open(hostAndPort[0], Integer.parseInt(hostAndPort[1]))) {
      assertThat(socket.handshake("/ws", Map.of()).status()).isEqualTo(101);
      socket.send(Frame.text("not masked").unmasked());
      Frame answer = socket.readFrame();
      assertThat(answer == null || answer.opcode() == Frame.CLOSE).isTrue();
      assertThat(socket.ended()).isTrue();
    }
  }
}
