package io.trunkline.gateway;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.Directive;
import io.trunkline.testing.Await;
import io.trunkline.testing.Frame;
import io.trunkline.testing.HttpAnswer;
import io.trunkline.testing.RawSocket;
import io.trunkline.testing.WebSocketProbe;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The endpoints, how an upgrade is refused, and the ways to bring a session along. */
class UpgradeTest {
  private static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";

  @RegisterExtension static final Rig rig = new Rig("ALLOWED_ORIGINS", "https://app.example");

  private static HttpAnswer ask(String method, String target, String... headers) {
    Map<String, String> all = new HashMap<>();
    all.put("Host", "gateway.example");
    for (int i = 0; i < headers.length; i += 2) {
      all.put(headers[i], headers[i + 1]);
    }
    try (RawSocket socket = rig.open()) {
      return socket.request(method, target, all, "");
    }
  }

  /** A proper handshake, but for what {@code headers} replace or, with an empty value, drop. */
  private static HttpAnswer upgrade(String method, String target, String... headers) {
    Map<String, String> all = new HashMap<>();
    all.put("Host", "gateway.example");
    all.put("Upgrade", "websocket");
    all.put("Connection", "Upgrade");
    all.put("Sec-WebSocket-Version", "13");
    all.put("Sec-WebSocket-Key", KEY);
    for (int i = 0; i < headers.length; i += 2) {
      all.put(headers[i], headers[i + 1]);
    }
    all.values().removeIf(String::isEmpty);
    try (RawSocket socket = rig.open()) {
      return socket.request(method, target, all, "");
    }
  }

  private static void expectRefusal(HttpAnswer answer, int status, String code) {
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.header("content-type")).startsWith("application/json");
    assertThat(answer.json().getString("code")).isEqualTo(code);
    assertThat(answer.json().getString("message")).isNotBlank();
  }

  // Endpoints

  @ParameterizedTest
  @ValueSource(strings = {"/ws", "/websocket", "/ws?x=1", "/echo", "/echo?x=%zz"})
  void theseAreEndpoints(String target) {
    assertThat(upgrade("GET", target).status()).isEqualTo(101);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/", "/nothing", "/ws/", "/WS", "/ws%20", "/api/sessions", "/metrics", "//ws"})
  void otherPathsAreNotFound(String target) {
    expectRefusal(upgrade("GET", target), 404, "not_found");
    expectRefusal(ask("GET", target), 404, "not_found");
  }

  @ParameterizedTest
  @ValueSource(strings = {"*", "gateway.example:80", "http://gateway.example"})
  void strangeTargetsAreRefused(String target) {
    assertThat(ask("OPTIONS", target).status()).isBetween(400, 499);
  }

  @Test
  void theAnswerToTheKeyIsThatOfTheRfc() {
    assertThat(upgrade("GET", "/ws").header("sec-websocket-accept"))
        .isEqualTo("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    assertThat(upgrade("GET", "/ws").header("upgrade")).isEqualToIgnoringCase("websocket");
    assertThat(upgrade("GET", "/ws").header("connection")).isEqualToIgnoringCase("upgrade");
  }

  @Test
  void noExtensionIsSelected() {
    HttpAnswer answer =
        upgrade("GET", "/ws", "Sec-WebSocket-Extensions", "permessage-deflate; x=1");
    assertThat(answer.status()).isEqualTo(101);
    assertThat(answer.header("sec-websocket-extensions")).isNull();
  }

  // 400

  @ParameterizedTest
  @CsvSource({
    "Upgrade, ''",
    "Upgrade, h2c",
    "Connection, ''",
    "Connection, keep-alive",
    "Sec-WebSocket-Key, ''",
    "Sec-WebSocket-Key, dGhlIHNhbXBsZSBub25jZQ",
    "Sec-WebSocket-Key, dGhlIHNhbXBsZSBub25jZTE=",
    "Sec-WebSocket-Key, !!!!!!!!!!!!!!!!!!!!!!==",
  })
  void whatIsNoHandshakeIs400(String header, String value) {
    expectRefusal(upgrade("GET", "/ws", header, value), 400, "bad_request");
  }

  @Test
  void aPlainGetIs400() {
    expectRefusal(ask("GET", "/ws"), 400, "bad_request");
    expectRefusal(ask("GET", "/echo"), 400, "bad_request");
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "OPTIONS", "DELETE"})
  void anotherMethodIs400(String method) {
    expectRefusal(upgrade(method, "/ws"), 400, "bad_request");
  }

  @Test
  void http10Is400() {
    RawSocket socket = rig.open();
    String request =
        "GET /ws HTTP/1.0\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
            + KEY
            + "\r\n\r\n";
    socket.send(request.getBytes(US_ASCII));
    expectRefusal(socket.readHttp(), 400, "bad_request");
  }

  @Test
  void twoKeysAre400() {
    RawSocket socket = rig.open();
    socket.send(handshake("/ws", "Sec-WebSocket-Key: " + KEY));
    expectRefusal(socket.readHttp(), 400, "bad_request");
  }

  @Test
  void noHostIs400() {
    assertThat(upgrade("GET", "/ws", "Host", "").status()).isEqualTo(400);
  }

  @Test
  void twoHostsAre400() {
    RawSocket socket = rig.open();
    socket.send(handshake("/ws", "Host: another"));
    expectRefusal(socket.readHttp(), 400, "bad_request");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Content-Length: 5", "Transfer-Encoding: chunked"})
  void aHandshakeWithABodyIs400(String header) {
    RawSocket socket = rig.open();
    socket.send(handshake("/ws", header));
    expectRefusal(socket.readHttp(), 400, "bad_request");
  }

  @Test
  void aBodyOfNoLengthIsNone() {
    assertThat(upgrade("GET", "/ws", "Content-Length", "0").status()).isEqualTo(101);
  }

  // 4.1: the client waits for the answer

  private static byte[] handshake(String target, String... lines) {
    String request =
        "GET "
            + target
            + " HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
            + KEY
            + "\r\n"
            + (lines.length == 0 ? "" : String.join("\r\n", lines) + "\r\n")
            + "\r\n";
    return request.getBytes(US_ASCII);
  }

  private static byte[] join(byte[] one, byte[] other) {
    byte[] both = Arrays.copyOf(one, one.length + other.length);
    System.arraycopy(other, 0, both, one.length, other.length);
    return both;
  }

  /** What HTTP's decoder leaves, what it takes for a request, and one with a body. */
  static Stream<byte[]> early() {
    return Stream.of(
        Frame.text("hi").masked(),
        new Frame(true, 0, Frame.TEXT, new byte[20_000]).masked(),
        "no\r\nHTTP\r\n\r\n".getBytes(US_ASCII),
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(US_ASCII),
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nbody".getBytes(US_ASCII));
  }

  private static void expect1002(RawSocket socket) {
    assertThat(socket.readHttp().status()).isEqualTo(101);
    Frame last = socket.readFrame();
    while (last.opcode() == Frame.TEXT) { // that of its session
      last = socket.readFrame();
    }
    assertThat(last.opcode()).isEqualTo(Frame.CLOSE);
    assertThat(last.closeCode()).isEqualTo(1002);
    assertThat(last.closeReason()).contains("handshake");
    assertThat(socket.readFrame()).isNull();
  }

  @ParameterizedTest
  @MethodSource("early")
  void whoDoesNotWaitForTheAnswerIsClosedWith1002(byte[] early) {
    for (String target : List.of("/echo", "/ws")) {
      RawSocket socket = rig.open();
      socket.send(join(handshake(target), early));
      expect1002(socket);
    }
  }

  @ParameterizedTest
  @MethodSource("early")
  void soIsWhoDoesNotWaitUntilItsSessionHasBeenLookedUp(byte[] early) {
    String bearer = "Authorization: Bearer " + rig.service().session("hasty");
    RawSocket socket = rig.open();
    socket.send(join(handshake("/ws", bearer), early));
    expect1002(socket);
  }

  @Test
  void whoDoesNotWaitAndIsRefusedIsNotHeardAgain() {
    RawSocket socket = rig.open();
    byte[] another = handshake("/echo");
    socket.send(join(handshake("/ws", "Authorization: Bearer nobody"), another));
    expectRefusal(socket.readHttp(), 401, "unauthenticated");
    assertThat(socket.ended()).isTrue();
  }

  @Test
  void whoWasRefusedMayAskAgainOnTheSameConnection() {
    RawSocket socket = rig.open();
    socket.send(handshake("/ws", "Authorization: Bearer nobody"));
    expectRefusal(socket.readHttp(), 401, "unauthenticated");
    socket.send(handshake("/echo"));
    assertThat(socket.readHttp().status()).isEqualTo(101);
    socket.send(Frame.text("hi"));
    assertThat(socket.readFrame().text()).isEqualTo("hi");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "x", "", "9223372036854775808", "1.5", "%zz", "1&x=%z"})
  void aSinceThatIsNoOffsetIs400(String since) {
    String id = rig.service().session("alice");
    expectRefusal(
        upgrade("GET", "/ws?since=" + since, "Authorization", "Bearer " + id), 400, "bad_request");
  }

  @Test
  void headersMayBeWrittenInAnyCaseAndListed() {
    HttpAnswer answer =
        upgrade("GET", "/ws", "Upgrade", "h2c, WebSocket", "Connection", "keep-alive, UPGRADE");
    assertThat(answer.status()).isEqualTo(101);
  }

  // 426

  @ParameterizedTest
  @ValueSource(strings = {"8", "12", "14", "x"})
  void anotherVersionIs426AndNamesOurs(String version) {
    HttpAnswer answer = upgrade("GET", "/ws", "Sec-WebSocket-Version", version);
    expectRefusal(answer, 426, "upgrade_required");
    assertThat(answer.header("sec-websocket-version")).isEqualTo("13");
  }

  // 403

  @Test
  void thePageOfAnotherOriginIs403() {
    expectRefusal(upgrade("GET", "/ws", "Origin", "https://evil.example"), 403, "forbidden");
    expectRefusal(upgrade("GET", "/echo", "Origin", "https://evil.example"), 403, "forbidden");
  }

  @ParameterizedTest
  @ValueSource(strings = {"https://app.example", "http://gateway.example"})
  void thePageOfAnAllowedOrTheSameOriginIsWelcome(String origin) {
    assertThat(upgrade("GET", "/ws", "Origin", origin).status()).isEqualTo(101);
  }

  // 401 and 503

  @Test
  void aSessionThatIsNotValidIs401() {
    expectRefusal(upgrade("GET", "/ws", "Authorization", "Bearer nobody"), 401, "unauthenticated");
  }

  @Test
  void aSessionOfTheHandshakeThatNobodyCanLookUpIs503() {
    rig.service().answer("session", request -> Future.failedFuture("on purpose"));
    HttpAnswer answer = upgrade("GET", "/ws", "Authorization", "Bearer x");
    expectRefusal(answer, 503, "unavailable");
    assertThat(answer.header("retry-after")).matches("[0-9]+");
    assertThat(answer.json().getBoolean("retryable")).isTrue();
  }

  @Test
  void echoNeedsNoSessionAndLooksAtNone() {
    assertThat(upgrade("GET", "/echo", "Authorization", "Bearer nobody").status()).isEqualTo(101);
  }

  // Four ways to bring a session, and their order

  private static Map<String, String> header(String id) {
    return Map.of("Authorization", "Bearer " + id);
  }

  private static Map<String, String> cookie(String id) {
    return Map.of("Cookie", "theme=dark; session_id=" + id + "; x=y");
  }

  private static void expectSessionOf(WebSocketProbe probe, String user) {
    JsonObject session = probe.expect("session");
    assertThat(session.getString("status")).isEqualTo("valid");
    assertThat(session.getString("user")).isEqualTo(user);
    assertThat(session.getString("node")).isEqualTo("g1");
    assertThat(session.getInteger("heartbeat_seconds")).isEqualTo(25);
  }

  @Test
  void theHeaderBringsASession() {
    expectSessionOf(rig.connect("/ws", header(rig.service().session("alice"))), "alice");
  }

  @Test
  void theSchemeOfTheHeaderMayBeWrittenInAnyCase() {
    String id = rig.service().session("alice");
    expectSessionOf(rig.connect("/ws", Map.of("Authorization", "bearer  " + id)), "alice");
  }

  @Test
  void theCookieBringsASession() {
    expectSessionOf(rig.connect("/ws", cookie(rig.service().session("alice"))), "alice");
  }

  @Test
  void aSubprotocolBringsASession() {
    String id = rig.service().session("alice");
    WebSocketProbe probe = rig.connect("/ws", Map.of(), "trunkline.v1", "session." + id);
    expectSessionOf(probe, "alice");
    assertThat(probe.subprotocol()).isEqualTo("trunkline.v1");
  }

  @Test
  void theFirstFrameBringsASession() {
    WebSocketProbe probe = rig.connect("/ws");
    probe.send(
        new JsonObject().put("type", "session").put("session_id", rig.service().session("bob")));
    expectSessionOf(probe, "bob");
  }

  @Test
  void theHeaderWinsOverTheCookieAndThatOverTheSubprotocol() {
    String header = rig.service().session("header");
    String cookie = rig.service().session("cookie");
    String offered = "session." + rig.service().session("offered");
    Map<String, String> both = new HashMap<>(cookie(cookie));
    both.putAll(header(header));
    expectSessionOf(rig.connect("/ws", both, offered), "header");
    expectSessionOf(rig.connect("/ws", cookie(cookie), offered), "cookie");
  }

  @Test
  void aBlankHeaderOrCookieIsNone() {
    String cookie = rig.service().session("cookie");
    Map<String, String> both = new HashMap<>(cookie(cookie));
    both.put("Authorization", "Bearer ");
    expectSessionOf(rig.connect("/ws", both), "cookie");
    String offered = "session." + rig.service().session("offered");
    expectSessionOf(rig.connect("/ws", Map.of("Cookie", "session_id="), offered), "offered");
  }

  @Test
  void anotherSchemeIsNoSession() {
    rig.connect("/ws", Map.of("Authorization", "Basic YTpi")).expectNothing();
  }

  @Test
  void theFirstOfTwoWinsAlsoWhereItIsNotValid() {
    Map<String, String> both = new HashMap<>(cookie(rig.service().session("cookie")));
    both.put("Authorization", "Bearer nobody");
    assertThat(rig.refused("/ws", both).status()).isEqualTo(401);
  }

  @Test
  void sinceOfTheQueryReachesTheSessionService() {
    String id = rig.service().session("alice");
    rig.connect("/ws?since=7", header(id)).expect("session");
    String body = new String(rig.service().requests("session").get(0).body(), UTF_8);
    assertThat(new JsonObject(body))
        .isEqualTo(new JsonObject().put("type", "session").put("session_id", id).put("since", 7));
  }

  // The subprotocol

  @Test
  void theSubprotocolIsSelectedWhereItIsOffered() {
    assertThat(rig.connect("/ws", Map.of(), "other", "trunkline.v1").subprotocol())
        .isEqualTo("trunkline.v1");
  }

  @Test
  void noneIsSelectedWhereOthersOrNoneAreOffered() {
    assertThat(rig.connect("/ws", Map.of(), "other").subprotocol()).isNull();
    assertThat(rig.connect("/ws").subprotocol()).isNull();
  }

  // What goes wrong on the way

  @Test
  void aClientThatGoesWhileItsSessionIsLookedUpLeavesNothing() {
    Promise<BusMessage> late = Promise.promise();
    rig.service().answer("session", request -> late.future());
    RawSocket socket = rig.open();
    socket.send(handshake("/ws", "Authorization: Bearer x"));
    Await.until(() -> !rig.service().requests("session").isEmpty(), "the session is looked up");
    socket.abort();
    late.complete(
        Reply.of(
            new byte[] {'{', '}'},
            new Directive.Identify("alice", "hash", Long.MAX_VALUE, List.of())));
    Await.until(() -> rig.gateway().doors().isEmpty(), "no address is counted any more");
    Await.until(() -> rig.gateway().users().isEmpty(), "no user is counted any more");
  }

  @Test
  void everyConnectionThatIsRefusedOrEndsIsNoLongerCounted() {
    upgrade("GET", "/ws?since=%zz");
    upgrade("GET", "/ws", "Authorization", "Bearer nobody");
    upgrade("GET", "/ws", "Origin", "https://evil.example");
    upgrade("GET", "/echo");
    WebSocketProbe probe = rig.login("alice");
    assertThat(rig.gateway().doors().isEmpty()).isFalse();
    probe.send(Frame.close(1000, ""));
    Await.until(() -> rig.gateway().doors().isEmpty(), "no address is counted any more");
    Await.until(() -> rig.gateway().users().isEmpty(), "no user is counted any more");
  }
}
