package io.trunkline.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Await;
import io.trunkline.testing.HttpAnswer;
import io.trunkline.testing.RawSocket;
import io.trunkline.testing.WebSocketProbe;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a newcomer does with the demo, up to Ctrl-C. */
@Timeout(180)
class DemoTest {
  private static DemoProcess demo;

  @BeforeAll
  static void start() {
    demo = DemoProcess.start().awaitReady();
  }

  @AfterAll
  static void stop() {
    if (demo != null) {
      demo.kill();
    }
  }

  @Test
  void readyLineNamesBothUrls() {
    assertThat(demo.output().lines().filter(line -> line.startsWith("Trunkline is ready")))
        .singleElement()
        .asString()
        .contains("http://localhost:" + demo.port(0), "http://localhost:" + demo.port(1));
  }

  @Test
  void aliceAndBobTalkAcrossTheGateways() {
    try (WebSocketProbe alice = connect(0);
        WebSocketProbe bob = connect(1)) {
      JsonObject aliceIs = alice.session(login(0, "alice"));
      JsonObject bobIs = bob.session(login(1, "bob"));
      assertThat(aliceIs.getString("user")).isEqualTo("alice");
      assertThat(aliceIs.getString("node")).isNotEqualTo(bobIs.getString("node"));

      alice.send(
          "{\"type\":\"private_message\",\"id\":\"1\",\"receiver\":\"bob\",\"message\":\"hi\"}");
      assertThat(bob.find("private_message").getString("sender")).isEqualTo("alice");
      assertThat(alice.find("ack").getLong("offset")).isEqualTo(1);

      bob.send("{\"type\":\"broadcast\",\"message\":\"all\"}");
      assertThat(alice.find("broadcast").getString("message")).isEqualTo("all");
    }
  }

  @Test
  void peopleAreToldWithTheirGateways() {
    try (WebSocketProbe erin = connect(0);
        WebSocketProbe frank = connect(1)) {
      String erins = erin.session(login(0, "erin")).getString("node");
      String franks = frank.session(login(1, "frank")).getString("node");
      Await.until(
          () -> {
            erin.send("{\"type\":\"demo_people\",\"id\":\"1\"}");
            JsonObject people = erin.find("demo_people");
            int place = people.getJsonArray("users").getList().indexOf("frank");
            return place >= 0 && people.getJsonArray("gateways").getString(place).equals(franks);
          },
          "frank is on " + franks + ", not on " + erins);
    }
  }

  @Test
  void loginIsGoodOnTheOtherGateway() {
    try (WebSocketProbe carol = connect(1)) {
      assertThat(carol.session(login(0, "carol")).getString("status")).isEqualTo("valid");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nonsense",
        "[]",
        "null",
        "{}",
        "{\"user\":7}",
        "{\"user\":null}",
        "{\"user\":\" \"}",
        "{\"user\":\"half \\ud800\"}",
        "{\"user\":\"\\udc00 half\"}"
      })
  void badLoginIsRefusedInJson(String body) {
    HttpAnswer answer = post(0, body);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().getString("code")).isEqualTo("bad_request");
  }

  @Test
  void nameOf129CharactersAndHugeBodyAreRefused() {
    assertThat(post(0, "{\"user\":\"" + "x".repeat(129) + "\"}").status()).isEqualTo(400);
    assertThat(post(0, "{\"user\":\"" + "x".repeat(10_000) + "\"}").status()).isEqualTo(413);
  }

  @Test
  void pageMayLoadNothingFromElsewhere() {
    HttpAnswer page = get(0, "/");
    assertThat(page.status()).isEqualTo(200);
    assertThat(page.header("content-type")).startsWith("text/html");
    assertThat(page.header("content-security-policy")).startsWith("default-src 'self';");
    assertThat(page.header("x-content-type-options")).isEqualTo("nosniff");
    assertThat(page.body()).doesNotContain("http:", "https:", "<style", "style=", " onclick");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/page.js", "/chat.js", "/view.js", "/marks.js", "/wire.js", "/client/index.js"})
  void scriptsAreServedAndNeverMakeHtmlOfText(String path) {
    HttpAnswer script = get(1, path);
    assertThat(script.status()).isEqualTo(200);
    assertThat(script.header("content-type")).startsWith("text/javascript");
    assertThat(script.body()).doesNotContain("innerHTML", "insertAdjacentHTML", "eval(");
  }

  @Test
  void gatewaysAreToldToThePage() {
    assertThat(get(1, "/demo/gateways").json().getJsonArray("ports"))
        .containsExactly(demo.port(0), demo.port(1));
  }

  private static WebSocketProbe connect(int gateway) {
    return WebSocketProbe.connect("ws://localhost:" + demo.port(gateway) + "/ws");
  }

  private static String login(int gateway, String user) {
    HttpAnswer answer = post(gateway, new JsonObject().put("user", user).encode());
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return answer.json().getString("session_id");
  }

  @Test
  void pagesOfOthersCannotLogIn() {
    String alice = new JsonObject().put("user", "alice").encode();
    assertThat(post(0, alice, Map.of("Origin", "http://localhost")).status()).isEqualTo(200);
    HttpAnswer refused = post(0, alice, Map.of("Origin", "https://evil.example"));
    assertThat(refused.status()).isEqualTo(403);
    assertThat(refused.json().getString("code")).isEqualTo("forbidden");
    assertThat(post(0, alice, Map.of("Origin", "null")).status()).isEqualTo(403);
  }

  private static HttpAnswer post(int gateway, String body) {
    return post(gateway, body, Map.of());
  }

  private static HttpAnswer post(int gateway, String body, Map<String, String> more) {
    int length = body.getBytes(StandardCharsets.UTF_8).length;
    Map<String, String> headers = new HashMap<>(more);
    headers.put("Host", "localhost");
    headers.put("Content-Length", String.valueOf(length));
    try (RawSocket socket = RawSocket.open("127.0.0.1", demo.port(gateway))) {
      return socket.request("POST", "/demo/login", headers, body);
    }
  }

  private static HttpAnswer get(int gateway, String path) {
    try (RawSocket socket = RawSocket.open("127.0.0.1", demo.port(gateway))) {
      return socket.request("GET", path, Map.of("Host", "localhost"), "");
    }
  }
}
