package io.trunkline.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.BusMessage.Request;
import io.trunkline.protocol.Frames;
import io.trunkline.protocol.JsonFrame;
import io.trunkline.protocol.Refusal;
import io.trunkline.testing.Frame;
import io.trunkline.testing.WebSocketProbe;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a client sends has its answer, and an error never closes the connection by itself. */
class BadInputTest {
  @RegisterExtension
  static final Rig rig = new Rig("REQUEST_RATE", "100000", "REQUEST_BURST", "100000");

  private WebSocketProbe alice;

  @BeforeEach
  void login() {
    alice = rig.login("alice");
  }

  private JsonObject expectError(String code) {
    JsonObject error = alice.expect("error");
    assertThat(error.getString("code")).isEqualTo(code);
    assertThat(error.getString("message")).isNotBlank();
    alice.expectNothing(); // and it is still open
    return error;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "hello",
        "{",
        "{}}",
        "{\"type\":\"echo\"",
        "{'type':'echo'}",
        "{\"type\":echo}",
        "{\"a\":1,}",
        "{\"a\":01}",
        "{\"a\":1}{\"a\":1}",
        "{\"a\":\"\t\"}",
        "{\"a\":\"\\x\"}",
        "[]",
        "1",
        "null",
        "true",
        "\"echo\"",
        "{\"type\":\"echo\",\"type\":\"echo\"}",
        "\uFEFF{\"type\":\"ping\"}",
        "ping ",
        "Ping",
        "NaN",
        "{\"a\":NaN}",
        "{\"a\" 1}"
      })
  void whatIsNotAJsonObjectIsBadJson(String text) {
    alice.send(text);
    expectError("bad_json");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\\ud800", "\\udc00", "\\ud800x", "\\ud800\\ud800", "\\ud83d\\u0041"})
  void halfASurrogatePairIsBadJson(String escape) {
    alice.send("{\"type\":\"echo\",\"content\":\"" + escape + "\"}");
    expectError("bad_json");
  }

  @Test
  void nesting200LevelsDeepIsBadJson() {
    alice.send("{\"type\":\"echo\",\"content\":" + "[".repeat(200) + "]".repeat(200) + "}");
    expectError("bad_json");
    alice.send("[".repeat(60_000));
    expectError("bad_json");
  }

  @Test
  void aThousandFieldsAreBadJson() {
    StringBuilder frame = new StringBuilder("{\"type\":\"echo\"");
    for (int i = 0; i < 1000; i++) {
      frame.append(",\"f").append(i).append("\":1");
    }
    alice.send(frame.append("}").toString());
    expectError("bad_json");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "{\"id\":\"c-1\"}", "{\"type\":null}", "{\"Type\":\"echo\"}"})
  void noTypeIsABadRequestThatNamesIt(String text) {
    alice.send(text);
    assertThat(expectError("bad_request").getString("message")).startsWith("type:");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "true", "[]", "{}", "[\"echo\"]"})
  void aTypeThatIsNoStringIsABadRequest(String type) {
    alice.send("{\"type\":" + type + "}");
    assertThat(expectError("bad_request").getString("message")).startsWith("type:");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Echo",
        "ECHO",
        "echo ",
        " echo",
        "e-cho",
        "e.cho",
        "../log",
        "_echo",
        "1echo",
        "écho",
        "message.echo",
        "echo\\u0000",
        "echo\\n",
        "*",
        "#"
      })
  void aTypeOfTheWrongShapeIsUnknown(String type) {
    alice.send("{\"type\":\"" + type + "\",\"id\":\"c-1\"}");
    assertThat(expectError("unknown_type").getString("id")).isEqualTo("c-1");
  }

  @Test
  void aTypeOf65CharactersIsUnknown() {
    alice.send(new JsonObject().put("type", "a".repeat(65)));
    expectError("unknown_type");
  }

  @ParameterizedTest
  @ValueSource(strings = {"nobody_handles_this", "log", "sessions", "g1", "directory"})
  void aTypeThatNobodyHandlesIsUnknown(String type) {
    alice.send(new JsonObject().put("type", type).put("id", "c-2"));
    JsonObject error = expectError("unknown_type");
    assertThat(error.getString("id")).isEqualTo("c-2");
    assertThat(error.getBoolean("retryable")).isFalse();
  }

  @Test
  void noClientReachesAnAddressBesideThoseOfMessages() {
    rig.service().answerAt("log", request -> Future.failedFuture("reached"));
    alice.send("{\"type\":\"log\"}");
    expectError("unknown_type");
  }

  @ParameterizedTest
  @CsvSource({"1", "true", "[]", "{}"})
  void anIdThatIsNoStringIsABadRequest(String id) {
    alice.send("{\"type\":\"echo\",\"content\":1,\"id\":" + id + "}");
    JsonObject error = expectError("bad_request");
    assertThat(error.getString("message")).startsWith("id:");
    assertThat(error.containsKey("id")).isFalse();
  }

  @Test
  void anIdOf65CharactersIsABadRequestAndNotCarriedOut() {
    alice.send(new JsonObject().put("type", "echo").put("id", "i".repeat(65)).put("content", 1));
    assertThat(expectError("bad_request").getString("message")).startsWith("id:");
    alice.send(new JsonObject().put("type", "echo").put("id", "").put("content", 1));
    expectError("bad_request");
    assertThat(rig.service().requests("echo")).isEmpty();
  }

  @Test
  void anIdOf64CharactersComesBack() {
    String id = "é".repeat(64);
    alice.send(new JsonObject().put("type", "echo").put("id", id).put("content", 1));
    assertThat(alice.expect("echo").getString("id")).isEqualTo(id);
  }

  @Test
  void whatAHandlerRefusesReachesTheClientWithItsId() {
    rig.service().answer("private_message", BadInputTest::strict);
    alice.send(
        new JsonObject()
            .put("type", "private_message")
            .put("id", "c-3")
            .put("receiver", "b".repeat(129)));
    JsonObject error = expectError("bad_request");
    assertThat(error.getString("id")).isEqualTo("c-3");
    assertThat(error.getString("message")).startsWith("receiver:");
    alice.send("{\"type\":\"private_message\",\"receiver\":\"bob\",\"sender\":\"carol\"}");
    expectError("forbidden");
  }

  /** What a session service does: a failure that the client caused is an answer. */
  private static Future<BusMessage> strict(Request request) {
    JsonFrame frame = JsonFrame.parse(request.body());
    try {
      frame.name("receiver");
      if (!request.caller().user().equals(frame.string("sender"))) {
        throw Refusal.forbidden("sender: another's name");
      }
      return Future.failedFuture("unexpected");
    } catch (Refusal refusal) {
      return Future.succeededFuture(Reply.of(Frames.error(frame.id(), refusal)));
    }
  }

  @Test
  void aMessageOf64KibIsTakenAndOneByteMoreCloses1009() {
    int rest = "{\"type\":\"echo\",\"content\":\"\"}".length();
    alice.send("{\"type\":\"echo\",\"content\":\"" + "a".repeat(65_536 - rest) + "\"}");
    assertThat(alice.expect("echo").getString("content")).hasSize(65_536 - rest);
    alice.send("{\"type\":\"echo\",\"content\":\"" + "a".repeat(65_537 - rest) + "\"}");
    assertThat(alice.closeCode()).isEqualTo(1009);
    assertThat(alice.closeReason()).isNotBlank();
  }

  @Test
  void aBinaryFrameCloses1003() {
    alice.sendBinary("{\"type\":\"ping\"}".getBytes(StandardCharsets.UTF_8));
    assertThat(alice.closeCode()).isEqualTo(1003);
  }

  @Test
  void textThatIsNotUtf8Closes1007() {
    alice.send(new Frame(true, 0, Frame.TEXT, new byte[] {'"', (byte) 0xff}));
    assertThat(alice.closeCode()).isEqualTo(1007);
  }

  @Test
  void aReservedBitCloses1002() {
    alice.send(new Frame(true, 4, Frame.TEXT, new byte[0]));
    assertThat(alice.closeCode()).isEqualTo(1002);
  }

  @ParameterizedTest
  @ValueSource(strings = {"echo", "private_message", "renew", "logout", "nobody_handles_this"})
  void beforeASessionEverythingElseIsUnauthenticated(String type) {
    WebSocketProbe nobody = rig.connect();
    nobody.send(new JsonObject().put("type", type).put("id", "c-4").put("content", 1));
    JsonObject error = nobody.expect("error");
    assertThat(error.getString("code")).isEqualTo("unauthenticated");
    assertThat(error.getString("id")).isEqualTo("c-4");
    assertThat(error.getBoolean("retryable")).isFalse();
    nobody.expectNothing();
    assertThat(rig.service().requests(type)).isEmpty();
  }

  @Test
  void beforeASessionBadJsonIsStillBadJson() {
    WebSocketProbe nobody = rig.connect();
    nobody.send("hello");
    assertThat(nobody.expect("error").getString("code")).isEqualTo("bad_json");
  }

  @Test
  void blanksAroundAndEscapesInsideAFrameAreFine() {
    alice.send(" \r\n\t{ \"\\u0074ype\" : \"\\u0065cho\" , \"content\" : [1, {\"a\": null}] } ");
    assertThat(alice.expect("echo").getJsonArray("content").encode()).isEqualTo("[1,{\"a\":null}]");
  }
}
