package io.trunkline.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.protocol.BusMessage.Broadcast;
import io.trunkline.protocol.CloseCode;
import io.trunkline.testing.Frame;
import io.trunkline.testing.HttpAnswer;
import io.trunkline.testing.RawSocket;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 7692 byte by byte against a real gateway, by the number of the section. */
class CompressionTest {
  private static final int LIMIT = 65_536;
  private static final int COMPRESSED = 4;
  private static final String PLAIN_OFFER = "permessage-deflate";
  private static final String NO_TAKEOVER =
      "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

  @RegisterExtension
  static final Rig rig =
      new Rig("COMPRESSION", "true", "REQUEST_RATE", "100000", "REQUEST_BURST", "100000");

  private static HttpAnswer offer(RawSocket socket, String offer) {
    return socket.handshake("/echo", Map.of("Sec-WebSocket-Extensions", offer));
  }

  private static RawSocket echo(String offer) {
    RawSocket socket = rig.open();
    assertThat(offer(socket, offer).headers()).containsKey("sec-websocket-extensions");
    return socket;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] hex(String hex) {
    return java.util.HexFormat.ofDelimiter(" ").parseHex(hex);
  }

  private static byte[] deflate(byte[] payload) {
    Deflater deflater = new Deflater(9, true);
    deflater.setInput(payload);
    byte[] out = new byte[payload.length + payload.length / 100 + 64];
    int size = deflater.deflate(out, 0, out.length, Deflater.SYNC_FLUSH);
    deflater.end();
    return Arrays.copyOf(out, size - 4);
  }

  private static byte[] inflate(byte[] payload) {
    Inflater inflater = new Inflater(true);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] piece = new byte[1 << 16];
    try {
      for (byte[] part : new byte[][] {payload, {0, 0, -1, -1}}) {
        inflater.setInput(part);
        while (!inflater.needsInput()) {
          out.write(piece, 0, inflater.inflate(piece));
        }
      }
      return out.toByteArray();
    } catch (DataFormatException e) {
      throw new AssertionError("the server sent what can't be inflated", e);
    } finally {
      inflater.end();
    }
  }

  private static Frame compressed(byte[] payload) {
    return new Frame(true, COMPRESSED, Frame.TEXT, deflate(payload));
  }

  /** The next message, inflated where it is compressed. */
  private static String message(RawSocket socket) {
    Frame frame = socket.readFrame();
    assertThat(frame).as("a message").isNotNull();
    assertThat(frame.opcode()).isEqualTo(Frame.TEXT);
    byte[] payload = frame.rsv() == COMPRESSED ? inflate(frame.payload()) : frame.payload();
    return new String(payload, StandardCharsets.UTF_8);
  }

  private static void expectClose(RawSocket socket, CloseCode code) {
    Frame frame = socket.readFrame();
    assertThat(frame).as("a Close frame before the end of TCP").isNotNull();
    assertThat(frame.opcode()).isEqualTo(Frame.CLOSE);
    assertThat(frame.rsv()).isZero();
    assertThat(frame.closeCode()).isEqualTo(code.code());
    assertThat(socket.readFrame()).as("after the Close frame").isNull();
  }

  private static String noise(int length) {
    Random random = new Random(7);
    StringBuilder text = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      text.append((char) ('!' + random.nextInt(90)));
    }
    return text.toString();
  }

  // 5, 7.1: what is offered, and what is agreed on

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "permessage-deflate | ''",
        "permessage-deflate; server_no_context_takeover | ''",
        "permessage-deflate; client_no_context_takeover | ''",
        "permessage-deflate; client_max_window_bits | ''",
        "permessage-deflate; client_max_window_bits=10 | ; client_max_window_bits=10",
        "permessage-deflate; server_max_window_bits=15 | ''",
        "permessage-deflate; server_max_window_bits=9 | ; server_max_window_bits=9",
        "permessage-deflate; server_max_window_bits=\"8\" | ; server_max_window_bits=8",
        "permessage-deflate ;server_max_window_bits = 12 | ; server_max_window_bits=12",
        "x-other; a=b, permessage-deflate; server_max_window_bits=11 | ; server_max_window_bits=11",
        "permessage-deflate; unknown=1, permessage-deflate; server_max_window_bits=10"
            + " | ; server_max_window_bits=10",
        "permessage-deflate; server_max_window_bits=9, permessage-deflate"
            + " | ; server_max_window_bits=9",
      })
  void section7_1_theFirstOfferThatCanBeAcceptedIs(String offer, String answer) {
    assertThat(offer(rig.open(), offer).headers())
        .containsEntry("sec-websocket-extensions", NO_TAKEOVER + answer);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "permessage-deflate; unknown",
        "permessage-deflate; server_max_window_bits",
        "permessage-deflate; server_max_window_bits=7",
        "permessage-deflate; server_max_window_bits=16",
        "permessage-deflate; server_max_window_bits=08",
        "permessage-deflate; client_max_window_bits=0",
        "permessage-deflate; client_max_window_bits=99999999999",
        "permessage-deflate; server_no_context_takeover=1",
        "permessage-deflate; client_no_context_takeover=1",
        "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
        "x-webkit-deflate-frame",
        "PERMESSAGE-DEFLATE",
        ", ,",
      })
  void section7_1_anOfferThatCanNotBeAcceptedIsDeclined(String offer) {
    HttpAnswer answer = offer(rig.open(), offer);
    assertThat(answer.status()).isEqualTo(101);
    assertThat(answer.headers()).doesNotContainKey("sec-websocket-extensions");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"permessage-deflate;", "permessage-deflate; =1", "a b", "a; b=\"c", "a; b=", "é"})
  void section5_aMalformedOfferIsRefused(String offer) {
    HttpAnswer answer = offer(rig.open(), offer);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.body()).contains("Sec-WebSocket-Extensions");
  }

  // 6: messages

  @ParameterizedTest
  @ValueSource(ints = {1, 255, 256, 1000, 30_000, LIMIT})
  void section6_messagesComeBackWhole(int length) {
    RawSocket socket = echo(PLAIN_OFFER);
    String text = "{\"a\":1}".repeat(length / 7 + 1).substring(0, length);
    socket.send(compressed(utf8(text)));
    assertThat(message(socket)).isEqualTo(text);
    socket.send(Frame.text(text));
    assertThat(message(socket)).isEqualTo(text);
  }

  @Test
  void section6_aLongMessageIsSentCompressed() {
    RawSocket socket = echo(PLAIN_OFFER);
    socket.send(Frame.text("ab".repeat(1000)));
    Frame frame = socket.readFrame();
    assertThat(frame.rsv()).isEqualTo(COMPRESSED);
    assertThat(frame.payload()).hasSizeLessThan(100);
  }

  @Test
  void section6_whatWouldGetLongerIsSentAsItIs() {
    RawSocket socket = echo(PLAIN_OFFER);
    byte[] noise = new byte[5000];
    new Random(1).nextBytes(noise);
    socket.send(new Frame(true, COMPRESSED, Frame.BINARY, deflate(noise)));
    Frame frame = socket.readFrame();
    assertThat(frame.rsv()).isZero();
    assertThat(frame.payload()).isEqualTo(noise);
  }

  @Test
  void section6_1_fragmentsOfACompressedMessageHaveTheBitOnTheFirstOnly() {
    RawSocket socket = echo(PLAIN_OFFER);
    String text = noise(2000);
    byte[] all = deflate(utf8(text));
    socket.send(new Frame(false, COMPRESSED, Frame.TEXT, Arrays.copyOf(all, 3)));
    socket.send(Frame.ping("between"));
    socket.send(new Frame(false, 0, Frame.CONTINUATION, new byte[0]));
    socket.send(new Frame(true, 0, Frame.CONTINUATION, Arrays.copyOfRange(all, 3, all.length)));
    assertThat(socket.readFrame().opcode()).isEqualTo(Frame.PONG);
    assertThat(message(socket)).isEqualTo(text);
  }

  @Test
  void section6_1_theBitOnAContinuationCloses1002() {
    RawSocket socket = echo(PLAIN_OFFER);
    socket.send(new Frame(false, COMPRESSED, Frame.TEXT, new byte[] {1}));
    socket.send(new Frame(true, COMPRESSED, Frame.CONTINUATION, new byte[] {1}));
    expectClose(socket, CloseCode.PROTOCOL_ERROR);
  }

  @ParameterizedTest
  @ValueSource(ints = {Frame.PING, Frame.PONG, Frame.CLOSE})
  void section6_1_theBitOnAControlFrameCloses1002(int opcode) {
    RawSocket socket = echo(PLAIN_OFFER);
    socket.send(new Frame(true, COMPRESSED, opcode, new byte[0]));
    expectClose(socket, CloseCode.PROTOCOL_ERROR);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 6, 7})
  void section6_theOtherReservedBitsClose1002(int rsv) {
    RawSocket socket = echo(PLAIN_OFFER);
    socket.send(new Frame(true, rsv, Frame.TEXT, deflate(utf8("hi"))));
    expectClose(socket, CloseCode.PROTOCOL_ERROR);
  }

  @Test
  void section6_theBitWithoutAnAgreementCloses1002() {
    RawSocket socket = rig.raw("/echo");
    socket.send(compressed(utf8("hi")));
    expectClose(socket, CloseCode.PROTOCOL_ERROR);
  }

  // 7.2.3: the examples

  @ParameterizedTest
  @CsvSource({
    "f2 48 cd c9 c9 07 00, Hello", // 7.2.3.1
    "f2 48 05 00 00 00 ff ff ca c9 c9 07 00, Hello", // 7.2.3.5
    "00 05 00 fa ff 48 65 6c 6c 6f 00, Hello", // 7.2.3.3
    "f3 48 cd c9 c9 07 00 00, Hello", // 7.2.3.4
    "f3 48 cd c9 c9 07 00 f3 48 cd c9 c9 07 00 00, HelloHello",
    "00, ''", // 7.2.3.6
    "02 00, ''",
  })
  void section7_2_3_theExamplesAreUnderstood(String payload, String text) {
    RawSocket socket = echo(PLAIN_OFFER);
    socket.send(new Frame(true, COMPRESSED, Frame.TEXT, hex(payload)));
    assertThat(message(socket)).isEqualTo(text);
  }

  // 7.1.1, 7.1.2: contexts and windows

  @Test
  void section7_1_1_noMessageNeedsTheOneBefore() {
    RawSocket socket = echo(PLAIN_OFFER);
    String text = noise(600);
    socket.send(Frame.text(text), Frame.text(text));
    byte[] first = socket.readFrame().payload();
    assertThat(socket.readFrame().payload()).isEqualTo(first);
    assertThat(inflate(first)).isEqualTo(utf8(text));
  }

  @ParameterizedTest
  @CsvSource({"9, 500, true", "9, 600, false", "15, 600, true", "8, 300, false"})
  void section7_1_2_1_nothingPointsFurtherBackThanTheWindow(int bits, int distance, boolean seen) {
    RawSocket socket = echo(PLAIN_OFFER + "; server_max_window_bits=" + bits);
    String once = noise(distance);
    int alone = Math.min(distance, deflate(utf8(once)).length);
    socket.send(Frame.text(once + once.substring(0, 200)));
    Frame frame = socket.readFrame();
    byte[] message = frame.rsv() == COMPRESSED ? inflate(frame.payload()) : frame.payload();
    assertThat(message).isEqualTo(utf8(once + once.substring(0, 200)));
    if (bits == 15) {
      assertThat(frame.payload().length).isLessThan(alone + 60);
    } else if (!seen) {
      assertThat(frame.payload().length).isGreaterThan(alone + 100);
    }
  }

  // 8: hostile data

  @ParameterizedTest
  @ValueSource(ints = {LIMIT + 1, 10 * LIMIT, 60_000_000})
  void section8_aMessageThatInflatesBeyondTheLimitCloses1009(int length) {
    RawSocket socket = echo(PLAIN_OFFER);
    socket.send(compressed(new byte[length]));
    expectClose(socket, CloseCode.TOO_BIG);
  }

  @Test
  void section8_compressedBytesBeyondAnyThatTheLimitCouldNeedClose1009() {
    RawSocket socket = echo(PLAIN_OFFER);
    byte[] head = new Frame(false, COMPRESSED, Frame.BINARY, new byte[LIMIT + LIMIT / 4]).masked();
    socket.send(Arrays.copyOf(head, 14)); // by its header alone
    expectClose(socket, CloseCode.TOO_BIG);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ff", "07", "f2 48 cd c9", "00 05 00 fa fe 48"})
  void section8_whatIsNoDeflateCloses1007(String payload) {
    RawSocket socket = echo(PLAIN_OFFER);
    socket.send(new Frame(true, COMPRESSED, Frame.TEXT, hex(payload)));
    expectClose(socket, CloseCode.INVALID_UTF8);
  }

  @Test
  void section8_finalBlocksWithoutEndClose1007() {
    RawSocket socket = echo(PLAIN_OFFER);
    byte[] blocks = new byte[20_000];
    for (int i = 0; i < blocks.length; i += 2) {
      blocks[i] = 3; // a final block of fixed codes, with nothing in it
    }
    socket.send(new Frame(true, COMPRESSED, Frame.BINARY, blocks));
    expectClose(socket, CloseCode.INVALID_UTF8);
  }

  @Test
  void section8_badUtf8InACompressedMessageCloses1007() {
    RawSocket socket = echo(PLAIN_OFFER);
    socket.send(new Frame(true, COMPRESSED, Frame.TEXT, deflate(hex("c3 28"))));
    expectClose(socket, CloseCode.INVALID_UTF8);
    RawSocket other = echo(PLAIN_OFFER);
    other.send(new Frame(true, COMPRESSED, Frame.TEXT, deflate(hex("61 e2 82"))));
    expectClose(other, CloseCode.INVALID_UTF8);
  }

  @Test
  void connectionsOfOneLoopDoNotDisturbEachOther() {
    RawSocket one = echo(PLAIN_OFFER);
    RawSocket other = echo(PLAIN_OFFER + "; server_max_window_bits=10");
    RawSocket plain = rig.raw("/echo");
    byte[] all = deflate(utf8("x".repeat(5000)));
    one.send(new Frame(false, COMPRESSED, Frame.TEXT, Arrays.copyOf(all, 5)));
    other.send(new Frame(true, COMPRESSED, Frame.TEXT, hex("ff")));
    expectClose(other, CloseCode.INVALID_UTF8);
    plain.send(Frame.text("y".repeat(5000)));
    assertThat(message(plain)).isEqualTo("y".repeat(5000));
    one.send(new Frame(true, 0, Frame.CONTINUATION, Arrays.copyOfRange(all, 5, all.length)));
    assertThat(message(one)).isEqualTo("x".repeat(5000));
  }

  // One message for many

  @Test
  void aFanOutReachesEveryReaderInItsOwnForm() {
    List<RawSocket> readers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      readers.add(reader(""));
      readers.add(reader(PLAIN_OFFER));
      readers.add(reader(PLAIN_OFFER + "; server_max_window_bits=" + (9 + i)));
    }
    for (int length : new int[] {10, 400, 20_000}) {
      String text = "{\"m\":\"" + "over and over again ".repeat(length / 10) + noise(300) + "\"}";
      rig.service().publish(new Broadcast(utf8(text)));
      rig.service().publish(new Broadcast(utf8(text)));
      for (RawSocket reader : readers) {
        assertThat(message(reader)).isEqualTo(text);
        assertThat(message(reader)).isEqualTo(text);
      }
    }
  }

  /** One with a session, whose welcome has been read. */
  private static RawSocket reader(String offer) {
    RawSocket socket = rig.open();
    String session = rig.service().session("reader");
    Map<String, String> headers = new HashMap<>(Map.of("Authorization", "Bearer " + session));
    if (!offer.isEmpty()) {
      headers.put("Sec-WebSocket-Extensions", offer);
    }
    assertThat(socket.handshake("/ws", headers).status()).isEqualTo(101);
    assertThat(message(socket)).contains("valid");
    return socket;
  }
}
