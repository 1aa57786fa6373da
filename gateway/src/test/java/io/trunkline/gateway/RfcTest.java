package io.trunkline.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.protocol.CloseCode;
import io.trunkline.testing.Frame;
import io.trunkline.testing.RawSocket;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * RFC 6455 byte by byte against a real gateway, one rule a test, by the number of the section. What
 * breaks a rule gets a Close frame with the right code, and then the end of TCP.
 */
class RfcTest {
  private static final int LIMIT = 65_536;

  @RegisterExtension
  static final Rig rig = new Rig("REQUEST_RATE", "100000", "REQUEST_BURST", "100000");

  /** Null before the test has said anything. */
  private RawSocket echo;

  private RawSocket echo() {
    if (echo == null) {
      echo = rig.raw("/echo");
    }
    return echo;
  }

  private static byte[] latin1(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static Frame frame(boolean fin, int opcode, String latin1) {
    return new Frame(fin, 0, opcode, latin1(latin1));
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    IntStream.range(0, values.length).forEach(i -> bytes[i] = (byte) values[i]);
    return bytes;
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private void send(Frame... frames) {
    for (Frame frame : frames) {
      echo().send(frame);
    }
  }

  private static void expect(RawSocket socket, int opcode, String latin1) {
    Frame frame = socket.readFrame();
    assertThat(frame).as("a frame").isNotNull();
    assertThat(frame.fin()).isTrue();
    assertThat(frame.rsv()).isZero();
    assertThat(frame.opcode()).isEqualTo(opcode);
    assertThat(frame.payload()).isEqualTo(latin1(latin1));
  }

  private void expect(int opcode, String latin1) {
    expect(echo(), opcode, latin1);
  }

  private static void expectClose(RawSocket socket, CloseCode code) {
    Frame frame = socket.readFrame();
    assertThat(frame).as("a Close frame before the end of TCP").isNotNull();
    assertThat(frame.opcode()).isEqualTo(Frame.CLOSE);
    assertThat(frame.closeCode()).isEqualTo(code.code());
    assertThat(frame.closeReason()).isNotEmpty();
    assertThat(socket.readFrame()).as("after the Close frame").isNull();
  }

  private void expectClose(CloseCode code) {
    expectClose(echo(), code);
  }

  // 5.1

  @Test
  void section5_1_aFrameWithoutMaskCloses1002() {
    echo().send(Frame.text("hi").unmasked());
    expectClose(CloseCode.PROTOCOL_ERROR);
  }

  @Test
  void section5_1_whatTheServerSendsIsNotMasked() {
    send(Frame.text("hi"));
    expect(Frame.TEXT, "hi"); // the reader refuses a mask
  }

  // 5.2

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 7})
  void section5_2_reservedBitsClose1002(int rsv) {
    send(new Frame(true, rsv, Frame.TEXT, latin1("hi")));
    expectClose(CloseCode.PROTOCOL_ERROR);
  }

  @Test
  void section5_2_reservedBitsOfAPingClose1002() {
    send(new Frame(true, 4, Frame.PING, latin1("hi")));
    expectClose(CloseCode.PROTOCOL_ERROR);
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 4, 5, 6, 7, 11, 12, 13, 14, 15})
  void section5_2_reservedOpcodesClose1002(int opcode) {
    send(frame(true, opcode, "hi"));
    expectClose(CloseCode.PROTOCOL_ERROR);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 125, 126, 127, 65_535, 65_536})
  void section5_2_everyEncodingOfALengthIsRead(int length) {
    String text = "a".repeat(length);
    send(Frame.text(text), Frame.binary(latin1(text)));
    expect(Frame.TEXT, text);
    expect(Frame.BINARY, text);
  }

  @Test
  void section5_2_aLengthIn16BitsThatFits7Closes1002() {
    echo().send(bytes(0x81, 0x80 | 126, 0, 125));
    expectClose(CloseCode.PROTOCOL_ERROR);
  }

  @Test
  void section5_2_aLengthIn64BitsThatFits16Closes1002() {
    echo().send(bytes(0x81, 0x80 | 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff));
    expectClose(CloseCode.PROTOCOL_ERROR);
  }

  @Test
  void section5_2_aLengthWithItsTopBitSetCloses1002() {
    echo().send(bytes(0x81, 0x80 | 127, 0x80, 0, 0, 0, 0, 0, 0, 1));
    expectClose(CloseCode.PROTOCOL_ERROR);
  }

  @Test
  void section5_3_anyMaskIsTakenOffAlsoNone() {
    echo().send(bytes(0x81, 0x82, 0, 0, 0, 0, 'h', 'i'));
    expect(Frame.TEXT, "hi");
    echo().send(bytes(0x81, 0x82, 0xff, 0xff, 0, 0, 'h' ^ 0xff, 'i' ^ 0xff));
    expect(Frame.TEXT, "hi");
  }

  // 5.4

  @Test
  void section5_4_fragmentsBecomeOneMessage() {
    send(
        frame(false, Frame.TEXT, "one "),
        frame(false, Frame.CONTINUATION, "two "),
        frame(true, Frame.CONTINUATION, "three"));
    expect(Frame.TEXT, "one two three");
  }

  @Test
  void section5_4_anEmptyFirstFragmentIsOne() {
    send(frame(false, Frame.TEXT, ""), frame(true, Frame.CONTINUATION, "hi"));
    expect(Frame.TEXT, "hi");
    send(Frame.text("next"));
    expect(Frame.TEXT, "next");
  }

  @Test
  void section5_4_emptyFragmentsAloneAreAnEmptyMessage() {
    send(frame(false, Frame.BINARY, ""), frame(true, Frame.CONTINUATION, ""));
    expect(Frame.BINARY, "");
  }

  @Test
  void section5_4_aPingInsideAFragmentedMessageIsAnsweredAtOnce() {
    send(frame(false, Frame.TEXT, "a"), Frame.ping("now"));
    expect(Frame.PONG, "now");
    send(frame(true, Frame.CONTINUATION, "b"));
    expect(Frame.TEXT, "ab");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void section5_4_aContinuationOfNothingCloses1002(boolean fin) {
    send(frame(fin, Frame.CONTINUATION, "hi"));
    expectClose(CloseCode.PROTOCOL_ERROR);
  }

  @Test
  void section5_4_aContinuationAfterTheLastFragmentCloses1002() {
    send(frame(false, Frame.TEXT, "a"), frame(true, Frame.CONTINUATION, "b"));
    expect(Frame.TEXT, "ab");
    send(frame(true, Frame.CONTINUATION, "c"));
    expectClose(CloseCode.PROTOCOL_ERROR);
  }

  @ParameterizedTest
  @ValueSource(ints = {Frame.TEXT, Frame.BINARY})
  void section5_4_aMessageInsideAFragmentedOneCloses1002(int opcode) {
    send(frame(false, Frame.TEXT, "a"), frame(true, opcode, "b"));
    expectClose(CloseCode.PROTOCOL_ERROR);
  }

  // 5.5

  @ParameterizedTest
  @ValueSource(ints = {Frame.CLOSE, Frame.PING, Frame.PONG})
  void section5_5_aFragmentedControlFrameCloses1002(int opcode) {
    send(frame(false, opcode, ""));
    expectClose(CloseCode.PROTOCOL_ERROR);
  }

  @ParameterizedTest
  @ValueSource(ints = {Frame.CLOSE, Frame.PING, Frame.PONG})
  void section5_5_aControlFrameOver125BytesCloses1002(int opcode) {
    send(frame(true, opcode, "a".repeat(126)));
    expectClose(CloseCode.PROTOCOL_ERROR);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 125})
  void section5_5_2_aPingIsAnsweredWithItsOwnPayload(int length) {
    send(Frame.ping("p".repeat(length)));
    expect(Frame.PONG, "p".repeat(length));
  }

  @Test
  void section5_5_2_aPingMayCarryAnyBytes() {
    send(frame(true, Frame.PING, "\u0000\u00ff\u00fe"));
    expect(Frame.PONG, "\u0000\u00ff\u00fe");
  }

  @Test
  void section5_5_3_aPongThatNobodyAskedForIsIgnored() {
    send(frame(true, Frame.PONG, "x"), Frame.text("hi"));
    expect(Frame.TEXT, "hi");
  }

  // 5.5.1 and 7: the end

  @ParameterizedTest
  @ValueSource(
      ints = {
        1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1014, 3000, 3999, 4000, 4999
      })
  void section5_5_1_aCloseIsAnsweredWithItsOwnCode(int code) {
    send(Frame.close(code, "bye"));
    Frame answer = echo().readFrame();
    assertThat(answer.opcode()).isEqualTo(Frame.CLOSE);
    assertThat(answer.closeCode()).isEqualTo(code);
    assertThat(echo().readFrame()).isNull();
  }

  @Test
  void section5_5_1_aCloseWithoutCodeIsAnsweredWithoutCode() {
    send(frame(true, Frame.CLOSE, ""));
    expect(Frame.CLOSE, "");
    assertThat(echo().readFrame()).isNull();
  }

  @Test
  void section5_5_1_aCloseWithHalfACodeCloses1002() {
    send(frame(true, Frame.CLOSE, "\u0003"));
    expectClose(CloseCode.PROTOCOL_ERROR);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535})
  void section7_4_closeCodesThatNobodyMaySendClose1002(int code) {
    send(Frame.close(code, ""));
    expectClose(CloseCode.PROTOCOL_ERROR);
  }

  @Test
  void section5_5_1_aCloseReasonThatIsNotUtf8Closes1007() {
    send(frame(true, Frame.CLOSE, "\u0003\u00e8\u00ff"));
    expectClose(CloseCode.INVALID_UTF8);
  }

  @Test
  void section5_5_1_aCloseReasonOf123BytesIsTaken() {
    send(Frame.close(1000, "r".repeat(123)));
    assertThat(echo().readFrame().closeCode()).isEqualTo(1000);
  }

  @Test
  void section5_5_1_whatComesAfterACloseIsIgnored() {
    echo()
        .send(
            join(
                Frame.close(1000, "").masked(),
                Frame.text("late").masked(),
                Frame.ping("late").masked(),
                bytes(0xff, 0xff, 0xff)));
    assertThat(echo().readFrame().closeCode()).isEqualTo(1000);
    assertThat(echo().readFrame()).isNull();
  }

  @Test
  void section7_1_1_theServerEndsTcpOnceBothHaveSaidClose() {
    echo().send(Frame.text("hi").unmasked());
    assertThat(echo().readFrame().closeCode()).isEqualTo(1002);
    send(Frame.close(1002, ""));
    assertThat(echo().ended()).isTrue();
  }

  @Test
  void section7_1_1_aCloseInsideAFragmentedMessageCloses() {
    send(frame(false, Frame.TEXT, "a"), Frame.close(1000, ""));
    assertThat(echo().readFrame().closeCode()).isEqualTo(1000);
    assertThat(echo().readFrame()).isNull();
  }

  @Test
  void section7_1_5_aClientThatJustEndsTcpIsForgotten() {
    send(Frame.text("hi"));
    expect(Frame.TEXT, "hi");
    echo().close(); // the rig waits until nobody is connected
  }

  @Test
  void section7_1_7_aViolationEndsItWhateverElseComes() {
    echo().send(join(bytes(0x83, 0x80), new byte[100_000]));
    expectClose(CloseCode.PROTOCOL_ERROR);
  }

  // 5.6 and 8.1: text

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\u00ff", // no byte of UTF-8
        "a\u0080", // a continuation of nothing
        "\u00c0\u00af", // overlong
        "\u00e0\u0080\u00af",
        "\u00ed\u00a0\u0080", // half a surrogate pair
        "\u00f4\u0090\u0080\u0080", // beyond U+10FFFF
        "\u00e2\u0082", // ends inside a character
      })
  void section8_1_textThatIsNotUtf8Closes1007(String latin1) {
    send(frame(true, Frame.TEXT, latin1));
    expectClose(CloseCode.INVALID_UTF8);
  }

  @Test
  void section8_1_itClosesAtTheFirstBadByteOfTheFirstFragment() {
    byte[] wire = frame(false, Frame.TEXT, "ok\u00ff and much more").masked();
    echo().send(Arrays.copyOf(wire, 6 + 3));
    expectClose(CloseCode.INVALID_UTF8);
  }

  @Test
  void section8_1_aBadByteInALaterFragmentCloses1007() {
    send(frame(false, Frame.TEXT, "\u00e2\u0082"), frame(true, Frame.CONTINUATION, "a"));
    expectClose(CloseCode.INVALID_UTF8);
  }

  @Test
  void section8_1_aCharacterMaySpanFragments() {
    send(
        frame(false, Frame.TEXT, "\u00f0"),
        frame(false, Frame.CONTINUATION, "\u0090\u008d"),
        Frame.ping("between"),
        frame(true, Frame.CONTINUATION, "\u0088"));
    expect(Frame.PONG, "between");
    expect(Frame.TEXT, "\u00f0\u0090\u008d\u0088");
  }

  @Test
  void section5_6_binaryComesBackAsItWas() {
    String all = new String(bytes(IntStream.range(0, 256).toArray()), StandardCharsets.ISO_8859_1);
    send(frame(true, Frame.BINARY, all));
    expect(Frame.BINARY, all);
  }

  // The limit of 64 KiB

  @Test
  void aMessageAtTheLimitIsTaken() {
    send(Frame.text("a".repeat(LIMIT)));
    expect(Frame.TEXT, "a".repeat(LIMIT));
  }

  @Test
  void oneByteMoreCloses1009ByItsHeader() {
    echo().send(Arrays.copyOf(Frame.text("a".repeat(LIMIT + 1)).masked(), 14));
    expectClose(CloseCode.TOO_BIG);
  }

  @Test
  void fragmentsCountTogetherFor1009() {
    send(frame(false, Frame.TEXT, "a".repeat(LIMIT)), frame(true, Frame.CONTINUATION, "a"));
    expectClose(CloseCode.TOO_BIG);
  }

  @Test
  void aClientThatGoesOnSendingAfter1009StillReadsTheClose() {
    byte[] big = Frame.binary(new byte[10 * LIMIT]).masked();
    echo().send(big);
    expectClose(CloseCode.TOO_BIG);
  }

  // Whatever the pieces, whatever came before

  @Test
  void aConversationInPiecesOfOneByteIsTheSame() {
    byte[] wire =
        join(
            frame(false, Frame.TEXT, "one ").masked(),
            Frame.ping("p").masked(),
            frame(true, Frame.CONTINUATION, "two").masked(),
            Frame.binary(new byte[130]).masked(),
            Frame.close(1000, "bye").masked());
    for (byte one : wire) {
      echo().send(new byte[] {one});
    }
    expect(Frame.PONG, "p");
    expect(Frame.TEXT, "one two");
    expect(Frame.BINARY, "\u0000".repeat(130));
    assertThat(echo().readFrame().closeCode()).isEqualTo(1000);
  }

  @Test
  void whatCameBeforeAViolationInTheSameReadIsAnsweredFirst() {
    byte[] good = join(Frame.text("one").masked(), Frame.text("two").masked());
    echo().send(join(good, Frame.text("bad").unmasked(), Frame.text("three").masked()));
    expect(Frame.TEXT, "one");
    expect(Frame.TEXT, "two");
    expectClose(CloseCode.PROTOCOL_ERROR);
  }

  @Test
  void soItIsOnTheProtocolsOwnPathWhereAnswersTakeTheirTime() {
    String id = rig.service().session("alice");
    RawSocket socket = rig.raw("/ws", Map.of("Authorization", "Bearer " + id));
    assertThat(socket.readFrame().text()).contains("\"session\"");
    byte[] ask = Frame.text("{\"type\":\"echo\",\"content\":1}").masked();
    socket.send(join(ask, ask, bytes(0x83, 0x80)));
    assertThat(socket.readFrame().text()).contains("\"content\":1");
    assertThat(socket.readFrame().text()).contains("\"content\":1");
    expectClose(socket, CloseCode.PROTOCOL_ERROR);
  }

  @Test
  void soIsWhatCameBeforeAClose() {
    String id = rig.service().session("alice");
    RawSocket socket = rig.raw("/ws", Map.of("Authorization", "Bearer " + id));
    assertThat(socket.readFrame().text()).contains("\"session\"");
    byte[] ask = Frame.text("{\"type\":\"echo\",\"content\":1}").masked();
    socket.send(join(ask, ask, ask, Frame.close(1000, "bye").masked(), ask));
    for (int i = 0; i < 3; i++) {
      assertThat(socket.readFrame().text()).contains("\"content\":1");
    }
    assertThat(socket.readFrame().closeCode()).isEqualTo(1000);
    assertThat(socket.readFrame()).isNull();
    assertThat(rig.service().requests("echo")).hasSize(3);
  }

  @Test
  void aBinaryFrameOnTheProtocolsPathCloses1003() {
    RawSocket socket = rig.raw("/ws");
    socket.send(join(Frame.text("ping").masked(), Frame.binary(latin1("x")).masked()));
    expect(socket, Frame.TEXT, "pong");
    expectClose(socket, CloseCode.UNSUPPORTED_DATA);
  }
}
