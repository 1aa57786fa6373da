package io.trunkline.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.netty.buffer.Unpooled;
import io.trunkline.protocol.CloseCode;
import io.trunkline.testing.Frame;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 6455, section 5, as bytes in and messages out. */
class WebSocketReaderTest {
  private static final int LIMIT = 100_000;
  private static final int CONVERSATIONS = 400;

  private final List<String> events = new ArrayList<>();
  private WebSocketReader reader = reader(events, LIMIT, true);

  private static WebSocketReader reader(List<String> events, int limit, boolean binary) {
    return new WebSocketReader(new Recorder(events), limit, binary, null);
  }

  private record Recorder(List<String> events) implements WebSocketReader.Sink {
    @Override
    public void onMessage(boolean text, byte[] payload) {
      events.add((text ? "text " : "binary ") + shown(payload));
    }

    @Override
    public void onPing(byte[] payload) {
      events.add("ping " + shown(payload));
    }

    @Override
    public void onPong() {
      events.add("pong");
    }

    @Override
    public void onClose(int code, String reason) {
      events.add("close " + code + " " + reason);
    }
  }

  private static String shown(byte[] payload) {
    return new String(payload, StandardCharsets.ISO_8859_1);
  }

  private void read(byte[]... pieces) {
    for (byte[] piece : pieces) {
      reader.read(Unpooled.wrappedBuffer(piece));
    }
  }

  private CloseCode violation(byte[]... pieces) {
    ProtocolViolation violation = catchThrowableOfType(ProtocolViolation.class, () -> read(pieces));
    assertThat(violation).as("violation").isNotNull();
    return violation.code();
  }

  private static Frame frame(boolean fin, int opcode, String latin1) {
    return new Frame(fin, 0, opcode, latin1.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  // Whatever the pieces

  @Test
  void aConversationIsTheSameHoweverItIsCutAndFragmented() {
    for (int seed = 0; seed < CONVERSATIONS; seed++) {
      Random random = new Random(seed);
      List<String> expected = new ArrayList<>();
      byte[] wire = conversation(random, expected);
      List<String> came = new ArrayList<>();
      WebSocketReader cut = reader(came, LIMIT, true);
      int most = 1 + random.nextInt(random.nextBoolean() ? 8 : 5000);
      for (int from = 0; from < wire.length; ) {
        int to = Math.min(wire.length, from + 1 + random.nextInt(most));
        cut.read(Unpooled.wrappedBuffer(wire, from, to - from));
        from = to;
      }
      assertThat(came).as("seed " + seed).isEqualTo(expected);
    }
  }

  private static byte[] conversation(Random random, List<String> expected) {
    ByteArrayOutputStream wire = new ByteArrayOutputStream();
    int messages = 1 + random.nextInt(6);
    for (int i = 0; i < messages; i++) {
      boolean text = random.nextBoolean();
      byte[] payload = text ? text(random) : binary(random);
      fragments(random, text, payload, wire, expected);
      expected.add((text ? "text " : "binary ") + shown(payload));
    }
    return wire.toByteArray();
  }

  private static byte[] text(Random random) {
    String alphabet = "aé€𐍈\u0000\u007f\u0800\uffff";
    int[] points = alphabet.codePoints().toArray();
    StringBuilder text = new StringBuilder();
    for (int i = length(random) / 2; i > 0; i--) {
      text.appendCodePoint(points[random.nextInt(points.length)]);
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] binary(Random random) {
    byte[] payload = new byte[length(random)];
    random.nextBytes(payload);
    return payload;
  }

  /** Around the borders of the three encodings of a length. */
  private static int length(Random random) {
    return switch (random.nextInt(8)) {
      case 0 -> random.nextInt(3);
      case 1 -> 124 + random.nextInt(4);
      case 2 -> 65_530 + random.nextInt(10);
      default -> random.nextInt(400);
    };
  }

  private static void fragments(
      Random random, boolean text, byte[] payload, ByteArrayOutputStream wire, List<String> seen) {
    int opcode = text ? Frame.TEXT : Frame.BINARY;
    int from = 0;
    boolean fin = false;
    while (!fin) {
      int rest = payload.length - from;
      int count = random.nextInt(3) == 0 ? rest : random.nextInt(rest + 1);
      fin = count == rest && random.nextInt(4) > 0;
      byte[] part = Arrays.copyOfRange(payload, from, from + count);
      wire.writeBytes(new Frame(fin, 0, opcode, part).masked());
      if (!fin && random.nextInt(4) == 0) {
        byte[] ping = Arrays.copyOf(part, Math.min(part.length, 125));
        wire.writeBytes(new Frame(true, 0, Frame.PING, ping).masked());
        seen.add("ping " + shown(ping));
      }
      opcode = Frame.CONTINUATION;
      from += count;
    }
  }

  // 5.1 and 5.2: the header

  @Test
  void aFrameWithoutMaskIsAProtocolError() {
    assertThat(violation(Frame.text("hi").unmasked())).isEqualTo(CloseCode.PROTOCOL_ERROR);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 7})
  void reservedBitsAreAProtocolError(int rsv) {
    assertThat(violation(new Frame(true, rsv, Frame.TEXT, new byte[0]).masked()))
        .isEqualTo(CloseCode.PROTOCOL_ERROR);
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 4, 5, 6, 7, 11, 12, 13, 14, 15})
  void reservedOpcodesAreAProtocolError(int opcode) {
    assertThat(violation(frame(true, opcode, "").masked())).isEqualTo(CloseCode.PROTOCOL_ERROR);
  }

  @Test
  void aLengthOf16BitsThatFits7IsAProtocolError() {
    assertThat(violation(bytes(0x82, 0xfe, 0, 125))).isEqualTo(CloseCode.PROTOCOL_ERROR);
    reader = reader(events, LIMIT, true);
    read(bytes(0x82, 0xfe, 0, 126));
  }

  @Test
  void aLengthOf64BitsThatFits16IsAProtocolError() {
    assertThat(violation(bytes(0x82, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff)))
        .isEqualTo(CloseCode.PROTOCOL_ERROR);
    reader = reader(events, LIMIT, true);
    read(bytes(0x82, 0xff, 0, 0, 0, 0, 0, 1, 0, 0));
  }

  @Test
  void aLengthWithItsTopBitSetIsAProtocolError() {
    assertThat(violation(bytes(0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 1)))
        .isEqualTo(CloseCode.PROTOCOL_ERROR);
  }

  @Test
  void aHeaderIsRefusedBeforeItsPayloadComes() {
    assertThat(violation(bytes(0x83, 0x80))).isEqualTo(CloseCode.PROTOCOL_ERROR);
  }

  // The limit

  @Test
  void aMessageAtTheLimitIsTaken() {
    read(frame(true, Frame.TEXT, "a".repeat(LIMIT)).masked());
    assertThat(events).hasSize(1);
  }

  @Test
  void oneByteMoreIsTooBigAsSoonAsTheHeaderSaysIt() {
    byte[] wire = frame(true, Frame.TEXT, "a".repeat(LIMIT + 1)).masked();
    assertThat(violation(Arrays.copyOf(wire, 10))).isEqualTo(CloseCode.TOO_BIG);
  }

  @Test
  void aLengthBeyondAllMeasureIsTooBig() {
    assertThat(violation(bytes(0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)))
        .isEqualTo(CloseCode.TOO_BIG);
  }

  @Test
  void fragmentsCountTogether() {
    read(frame(false, Frame.TEXT, "a".repeat(LIMIT - 1)).masked());
    read(frame(false, Frame.CONTINUATION, "a").masked());
    assertThat(violation(frame(true, Frame.CONTINUATION, "a").masked()))
        .isEqualTo(CloseCode.TOO_BIG);
  }

  @Test
  void controlFramesDoNotCount() {
    read(frame(false, Frame.BINARY, "a".repeat(LIMIT)).masked());
    read(frame(true, Frame.PING, "b".repeat(125)).masked());
    read(frame(true, Frame.CONTINUATION, "").masked());
    assertThat(events).hasSize(2);
  }

  // 5.4: fragments

  @Test
  void aContinuationOfNothingIsAProtocolError() {
    assertThat(violation(frame(true, Frame.CONTINUATION, "a").masked()))
        .isEqualTo(CloseCode.PROTOCOL_ERROR);
  }

  @Test
  void aContinuationAfterTheLastFragmentIsAProtocolError() {
    read(frame(false, Frame.TEXT, "a").masked(), frame(true, Frame.CONTINUATION, "b").masked());
    assertThat(violation(frame(true, Frame.CONTINUATION, "c").masked()))
        .isEqualTo(CloseCode.PROTOCOL_ERROR);
  }

  @ParameterizedTest
  @ValueSource(ints = {Frame.TEXT, Frame.BINARY})
  void aNewMessageInsideAFragmentedOneIsAProtocolError(int opcode) {
    read(frame(false, Frame.TEXT, "a").masked());
    assertThat(violation(frame(true, opcode, "b").masked())).isEqualTo(CloseCode.PROTOCOL_ERROR);
  }

  @Test
  void emptyFragmentsAreFragments() {
    read(frame(false, Frame.TEXT, "").masked(), frame(false, Frame.CONTINUATION, "").masked());
    assertThat(violation(frame(true, Frame.TEXT, "b").masked()))
        .isEqualTo(CloseCode.PROTOCOL_ERROR);
    reader = reader(events, LIMIT, true);
    read(frame(false, Frame.TEXT, "").masked(), frame(true, Frame.CONTINUATION, "").masked());
    read(frame(true, Frame.TEXT, "next").masked());
    assertThat(events).containsExactly("text ", "text next");
  }

  @Test
  void aControlFrameMayStandBetweenFragments() {
    read(frame(false, Frame.TEXT, "a").masked());
    read(frame(true, Frame.PING, "p").masked(), frame(true, Frame.PONG, "").masked());
    read(frame(true, Frame.CONTINUATION, "b").masked());
    assertThat(events).containsExactly("ping p", "pong", "text ab");
  }

  // 5.5: control frames

  @ParameterizedTest
  @ValueSource(ints = {Frame.CLOSE, Frame.PING, Frame.PONG})
  void aFragmentedControlFrameIsAProtocolError(int opcode) {
    assertThat(violation(frame(false, opcode, "").masked())).isEqualTo(CloseCode.PROTOCOL_ERROR);
  }

  @ParameterizedTest
  @ValueSource(ints = {Frame.CLOSE, Frame.PING, Frame.PONG})
  void aControlFrameOver125BytesIsAProtocolError(int opcode) {
    assertThat(violation(frame(true, opcode, "a".repeat(126)).masked()))
        .isEqualTo(CloseCode.PROTOCOL_ERROR);
  }

  @Test
  void aPingMayCarry125Bytes() {
    read(frame(true, Frame.PING, "a".repeat(125)).masked());
    assertThat(events).containsExactly("ping " + "a".repeat(125));
  }

  // 5.5.1 and 7.4: close

  @Test
  void aCloseWithoutCodeIs1005() {
    read(frame(true, Frame.CLOSE, "").masked());
    assertThat(events).containsExactly("close 1005 ");
  }

  @Test
  void aCloseWithHalfACodeIsAProtocolError() {
    assertThat(violation(frame(true, Frame.CLOSE, "a").masked()))
        .isEqualTo(CloseCode.PROTOCOL_ERROR);
  }

  @ParameterizedTest
  @ValueSource(
      ints = {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1014, 3000, 3999, 4999})
  void closeCodesThatAPeerMaySendAreTaken(int code) {
    read(Frame.close(code, "bye").masked());
    assertThat(events).containsExactly("close " + code + " bye");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535})
  void closeCodesThatNobodyMaySendAreAProtocolError(int code) {
    assertThat(violation(Frame.close(code, "").masked())).isEqualTo(CloseCode.PROTOCOL_ERROR);
  }

  @Test
  void aCloseReasonThatIsNotUtf8IsInvalid() {
    byte[] payload = bytes(0x03, 0xe8, 'o', 'k', 0xc3);
    assertThat(violation(new Frame(true, 0, Frame.CLOSE, payload).masked()))
        .isEqualTo(CloseCode.INVALID_UTF8);
  }

  // 5.6 and 8.1: data

  @Test
  void textThatIsNotUtf8IsInvalidAtItsFirstBadByte() {
    byte[] wire = frame(false, Frame.TEXT, "ok\u00ff rest").masked();
    assertThat(violation(Arrays.copyOf(wire, 6 + 3))).isEqualTo(CloseCode.INVALID_UTF8);
    reader = reader(events, LIMIT, true);
    read(Arrays.copyOf(wire, 6 + 2));
  }

  @Test
  void aCharacterMaySpanFragments() {
    read(frame(false, Frame.TEXT, "\u00e2").masked());
    read(frame(false, Frame.CONTINUATION, "\u0082").masked());
    read(frame(true, Frame.CONTINUATION, "\u00ac").masked());
    assertThat(events).containsExactly("text \u00e2\u0082\u00ac");
  }

  @Test
  void aCharacterMayNotSpanMessages() {
    assertThat(violation(frame(true, Frame.TEXT, "\u00e2\u0082").masked()))
        .isEqualTo(CloseCode.INVALID_UTF8);
  }

  @Test
  void binaryIsNotLookedAt() {
    read(frame(true, Frame.BINARY, "\u00ff\u00fe").masked());
    assertThat(events).containsExactly("binary \u00ff\u00fe");
  }

  @Test
  void binaryIsRefusedByItsHeaderWhereItIsNotWanted() {
    reader = reader(events, LIMIT, false);
    assertThat(violation(bytes(0x82, 0x80))).isEqualTo(CloseCode.UNSUPPORTED_DATA);
  }

  @Test
  void whatCameBeforeAViolationInTheSameBytesIsTold() {
    ByteArrayOutputStream wire = new ByteArrayOutputStream();
    wire.writeBytes(Frame.text("one").masked());
    wire.writeBytes(Frame.text("two").masked());
    wire.writeBytes(bytes(0x83, 0x80));
    assertThat(violation(wire.toByteArray())).isEqualTo(CloseCode.PROTOCOL_ERROR);
    assertThat(events).containsExactly("text one", "text two");
  }

  @Test
  void whatAHeaderAnnouncesIsNotAllocatedBeforeItComes() {
    List<WebSocketReader> many = new ArrayList<>();
    int limit = 16 * 1024 * 1024;
    byte[] header = Arrays.copyOf(bytes(0x82, 0xff, 0, 0, 0, 0, 1, 0, 0, 0), 15);
    for (int i = 0; i < 1000; i++) { // 16 GB, if it were
      WebSocketReader one = reader(events, limit, true);
      one.read(Unpooled.wrappedBuffer(header));
      many.add(one);
    }
    assertThat(many).hasSize(1000);
  }
}
