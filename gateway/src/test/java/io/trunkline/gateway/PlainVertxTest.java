package io.trunkline.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Await;
import io.trunkline.testing.Frame;
import io.trunkline.testing.RawSocket;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.ServerWebSocket;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Why the gateway has a WebSocket of its own: rules that it keeps on {@code /echo}, and that an
 * echo by Vert.x' message handlers breaks. Should one of the latter fail after an update, Vert.x
 * keeps that rule, which is one reason less.
 */
class PlainVertxTest {
  /** As the gateway's own. */
  private static final int MAX_MESSAGE_BYTES = 65_536;

  private static final Logger log = LoggerFactory.getLogger(PlainVertxTest.class);

  @RegisterExtension static final Rig rig = new Rig();

  private static Vertx vertx;
  private static HttpServer plain;

  @BeforeAll
  static void start() {
    vertx = Vertx.vertx();
    plain =
        Await.result(
            vertx
                .createHttpServer(
                    new HttpServerOptions()
                        .setMaxWebSocketMessageSize(MAX_MESSAGE_BYTES)
                        .setMaxWebSocketFrameSize(MAX_MESSAGE_BYTES))
                .webSocketHandler(PlainVertxTest::echo)
                .listen(0, "127.0.0.1"));
  }

  @AfterAll
  static void stop() {
    Await.result(vertx.close());
  }

  private static void echo(ServerWebSocket socket) {
    socket.textMessageHandler(socket::writeTextMessage);
    socket.binaryMessageHandler(socket::writeBinaryMessage);
    socket.exceptionHandler(failure -> {}); // it would be logged
  }

  private static final Frame LAST = Frame.text("last");

  /** What a client sends before a {@link #LAST} message, and what it must get. */
  @SuppressWarnings("ImmutableEnumChecker") // nobody changes its frames
  enum Rule {
    anEmptyFirstFragmentLosesNothing(
        "text one; text last", fragment(Frame.TEXT, ""), last(Frame.CONTINUATION, "one")),
    textThatIsNoUtf8Closes1007(
        "close 1007", new Frame(true, 0, Frame.TEXT, new byte[] {(byte) 0xff})),
    halfACharacterClosesAtItsFragment(
        "close 1007", new Frame(false, 0, Frame.TEXT, new byte[] {(byte) 0xce, 'a'})),
    aMessageOverTheLimitCloses1009(
        "close 1009",
        fragment(Frame.TEXT, "a".repeat(MAX_MESSAGE_BYTES)),
        last(Frame.CONTINUATION, "a")),
    aFrameOverTheLimitCloses1009("close 1009", last(Frame.TEXT, "a".repeat(MAX_MESSAGE_BYTES + 1))),
    aReservedBitThatNobodyAgreedOnCloses1002(
        "close 1002", new Frame(true, 4, Frame.TEXT, "hi".getBytes(UTF_8))),
    aReservedOpcodeCloses1002("close 1002", last(3, "hi")),
    aFragmentOfNothingCloses1002("close 1002", last(Frame.CONTINUATION, "hi"));

    private final String expected;
    private final Frame[] frames;

    Rule(String expected, Frame... frames) {
      this.expected = expected;
      this.frames = frames;
    }

    private static Frame fragment(int opcode, String text) {
      return new Frame(false, 0, opcode, text.getBytes(UTF_8));
    }

    private static Frame last(int opcode, String text) {
      return new Frame(true, 0, opcode, text.getBytes(UTF_8));
    }

    /** What comes up to a Close frame, the end of TCP, or the answer to a ping at the end. */
    String outcome(RawSocket socket) {
      assertThat(socket.handshake("/echo", Map.of()).status()).isEqualTo(101);
      socket.send(frames);
      sendIfOpen(socket, LAST, Frame.ping("end"));
      List<String> outcome = new ArrayList<>();
      Frame frame = socket.readFrame();
      for (; frame != null && frame.opcode() == Frame.TEXT; frame = socket.readFrame()) {
        outcome.add("text " + new String(frame.payload(), UTF_8));
      }
      if (frame == null) {
        outcome.add("end of TCP");
      } else if (frame.opcode() == Frame.CLOSE) {
        outcome.add("close " + frame.closeCode());
      }
      return String.join("; ", outcome);
    }

    private static void sendIfOpen(RawSocket socket, Frame... last) {
      try {
        socket.send(last);
      } catch (UncheckedIOException ended) {
        // which the next read tells as well
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void theGatewayKeeps(Rule rule) {
    assertThat(rule.outcome(rig.open())).isEqualTo(rule.expected);
  }

  @ParameterizedTest
  @EnumSource
  void plainVertxBreaks(Rule rule) {
    try (RawSocket socket = RawSocket.open("127.0.0.1", plain.actualPort())) {
      String outcome = rule.outcome(socket);
      log.info("plain_vertx rule={} outcome=\"{}\"", rule, shortened(outcome));
      assertThat(outcome).isNotEqualTo(rule.expected);
    }
  }

  private static String shortened(String outcome) {
    return outcome.substring(0, Math.min(outcome.length(), 60));
  }
}
