package io.trunkline.cluster;

import static io.trunkline.cluster.FrameAssert.assertFrame;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Await;
import io.trunkline.testing.Frame;
import io.trunkline.testing.WebSocketProbe;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each error of the protocol, all the way through a cluster; no error ends the connection. */
class ErrorsOverTheWireTest {
  @RegisterExtension static final LocalCluster cluster = LocalCluster.of(1, 1);

  private static final String LONG_NAME = "n".repeat(129);

  /** What is sent, the code that comes, and a word that the message must have. */
  static Stream<Arguments> badFrames() {
    return Stream.of(
        Arguments.of("not JSON", "bad_json", ""),
        Arguments.of("[]", "bad_json", ""),
        Arguments.of("\"text\"", "bad_json", ""),
        Arguments.of("{\"type\":\"echo\"", "bad_json", ""),
        Arguments.of("{\"type\":\"echo\",\"content\":\"\\ud800\"}", "bad_json", ""),
        Arguments.of(
            "{\"type\":\"echo\",\"content\":" + "[".repeat(200) + "]".repeat(200) + "}",
            "bad_json",
            "nesting"),
        Arguments.of("{}", "bad_request", "type"),
        Arguments.of("{\"type\":7}", "bad_request", "type"),
        Arguments.of("{\"type\":\"echo\"}", "bad_request", "content"),
        Arguments.of(
            "{\"type\":\"echo\",\"content\":1,\"id\":\"" + "i".repeat(65) + "\"}",
            "bad_request",
            "id"),
        Arguments.of("{\"type\":\"echo\",\"content\":1,\"id\":\"\"}", "bad_request", "id"),
        Arguments.of("{\"type\":\"echo\",\"content\":1,\"id\":5}", "bad_request", "id"),
        Arguments.of("{\"type\":\"private_message\",\"message\":1}", "bad_request", "receiver"),
        Arguments.of(
            "{\"type\":\"private_message\",\"receiver\":\"errors\"}", "bad_request", "message"),
        Arguments.of(
            "{\"type\":\"private_message\",\"receiver\":\"" + LONG_NAME + "\",\"message\":1}",
            "bad_request",
            "receiver"),
        Arguments.of("{\"type\":\"broadcast\"}", "bad_request", "message"),
        Arguments.of("{\"type\":\"received\"}", "bad_request", "offset"),
        Arguments.of("{\"type\":\"received\",\"offset\":-1}", "bad_request", "offset"),
        Arguments.of("{\"type\":\"presence\",\"users\":\"bob\"}", "bad_request", "users"),
        Arguments.of("{\"type\":\"presence\",\"channel\":7}", "bad_request", "channel"),
        Arguments.of("{\"type\":\"Echo\"}", "unknown_type", "type"),
        Arguments.of("{\"type\":\"../sessions\"}", "unknown_type", "type"),
        Arguments.of("{\"type\":\"no_such_type\"}", "unknown_type", "no_such_type"),
        Arguments.of(
            "{\"type\":\"private_message\",\"receiver\":\"nobody\",\"message\":1}",
            "unknown_receiver",
            ""),
        Arguments.of(
            "{\"type\":\"private_message\",\"sender\":\"bob\",\"receiver\":\"errors\",\"message\":1}",
            "forbidden",
            "sender"),
        Arguments.of(
            "{\"type\":\"broadcast\",\"sender\":\"bob\",\"message\":1}", "forbidden", "sender"));
  }

  @ParameterizedTest(name = "{1}: {2}")
  @MethodSource("badFrames")
  void badFrameIsAnsweredAndTheConnectionGoesOn(String frame, String code, String word) {
    Client client = cluster.client(0, "errors");

    client.probe().send(frame);

    JsonObject error = client.next();
    assertFrame(error).isError(code, false);
    assertThat(error.getString("message")).as(error.encode()).isNotEmpty().contains(word);
    assertFrame(client.ask("echo", "content", "still here")).is("echo");
  }

  @Test
  void errorCarriesTheIdOfItsRequest() {
    Client client = cluster.client(0, "errors");

    assertFrame(client.write("nobody", "hi")).isError("unknown_receiver", false);
    assertFrame(client.ask("no_such_type")).isError("unknown_type", false);
    assertFrame(client.ask("echo")).isError("bad_request", false);
    assertFrame(client.ask("presence", "users", manyNames(101))).isError("bad_request", false);
    assertFrame(client.ask("presence", "users", manyNames(100))).is("presence").has("count", 0);
  }

  @Test
  void frameBeforeASessionIsUnauthenticatedWhateverItsType() {
    try (WebSocketProbe probe = WebSocketProbe.connect(cluster.gateway(0).wsUri())) {
      for (String type : new String[] {"echo", "private_message", "logout", "no_such_type"}) {
        probe.send(Client.frame(type, "id", "early-" + type));
        assertFrame(probe.next()).isError("unauthenticated", false).has("id", "early-" + type);
      }
      probe.send("{\"type\":\"ping\",\"id\":\"p\"}");
      assertFrame(probe.next()).is("pong").has("id", "p");
    }
  }

  @Test
  void requestsOverTheRateAreRefusedAndLaterOnesTaken() {
    LocalCluster.LocalGateway slow =
        cluster.addGateway(Map.of("TRUNKLINE_REQUEST_RATE", "2", "TRUNKLINE_REQUEST_BURST", "3"));
    try (Client client = Client.connect(slow.wsUri(), slow.api().login("errors"))) {
      for (int i = 0; i < 3; i++) {
        assertFrame(client.ask("echo", "content", i)).is("echo");
      }
      assertFrame(client.ask("echo", "content", "too much")).isError("rate_limited", true);
      Await.until(
          () -> "echo".equals(client.ask("echo", "content", 1).getString("type")),
          "a request is taken again");
    } finally {
      cluster.remove(slow);
    }
  }

  @Test
  void whatBreaksTheRulesOfWebSocketsClosesWithItsCode() {
    Client big = cluster.client(0, "errors");
    big.probe().send("{\"type\":\"echo\",\"content\":\"" + "x".repeat(64 * 1024) + "\"}");
    assertThat(big.closeCode()).as("64 KiB and more").isEqualTo(1009);

    Client binary = cluster.client(0, "errors");
    binary.probe().sendBinary("{}".getBytes(StandardCharsets.UTF_8));
    assertThat(binary.closeCode()).as("a binary frame").isEqualTo(1003);

    Client invalid = cluster.client(0, "errors");
    invalid.probe().send(new Frame(true, 0, Frame.TEXT, new byte[] {'"', (byte) 0xc3, '"'}));
    assertThat(invalid.closeCode()).as("bad UTF-8").isEqualTo(1007);

    Client reserved = cluster.client(0, "errors");
    reserved.probe().send(new Frame(true, 4, Frame.TEXT, new byte[] {'{', '}'}));
    assertThat(reserved.closeCode()).as("a reserved bit").isEqualTo(1002);
  }

  private static JsonArray manyNames(int count) {
    JsonArray names = new JsonArray();
    for (int i = 0; i < count; i++) {
      names.add("name-" + i);
    }
    return names;
  }
}
