package io.trunkline.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.node.Node;
import io.trunkline.node.Role;
import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage.Caller;
import io.trunkline.protocol.BusMessage.CheckSessions;
import io.trunkline.protocol.BusMessage.CreateSession;
import io.trunkline.protocol.BusMessage.Cursor;
import io.trunkline.protocol.BusMessage.DeleteSession;
import io.trunkline.protocol.BusMessage.Done;
import io.trunkline.protocol.BusMessage.FindSession;
import io.trunkline.protocol.BusMessage.LogPage;
import io.trunkline.protocol.BusMessage.MoveCursors;
import io.trunkline.protocol.BusMessage.ReadLog;
import io.trunkline.protocol.BusMessage.Refused;
import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.BusMessage.Request;
import io.trunkline.protocol.BusMessage.SessionInfo;
import io.trunkline.protocol.BusMessage.SessionStates;
import io.trunkline.protocol.CloseCode;
import io.trunkline.protocol.Directive.Close;
import io.trunkline.protocol.Directive.Elsewhere;
import io.trunkline.protocol.Directive.Follow;
import io.trunkline.protocol.Directive.Identify;
import io.trunkline.protocol.Directive.Received;
import io.trunkline.protocol.ErrorCode;
import io.trunkline.protocol.JsonFrame;
import io.trunkline.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The rules of each message type, asked over the bus from another node. */
class MessageTypesTest {
  /** What a session may do where nobody says otherwise. */
  private static final List<String> EVERYTHING =
      List.of("broadcast", "presence", "publish:*", "subscribe:*");

  private static final AtomicInteger names = new AtomicInteger();

  private static TestCluster cluster;
  private static FakeGateway gateway;
  private static SessionService service;

  @BeforeAll
  static void start() {
    cluster = new TestCluster();
    Node node = cluster.join("s1", Role.SESSION);
    gateway = cluster.gateway("g1");
    service = cluster.service(node);
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  // session

  @Test
  void aSessionIsValidAndItsConnectionFollowsTheInbox() {
    SessionInfo made = session("alice");
    Reply reply = gateway.ask(null, sessionFrame(made.id(), ",\"id\":\"r-1\""));
    JsonObject frame = FakeGateway.json(reply.frame());
    assertThat(frame.fieldNames())
        .containsExactly(
            "type",
            "id",
            "status",
            "user",
            "expires_at",
            "node",
            "offset",
            "recovered",
            "heartbeat_seconds");
    assertThat(frame)
        .isEqualTo(
            new JsonObject()
                .put("type", "session")
                .put("id", "r-1")
                .put("status", "valid")
                .put("user", made.user())
                .put("expires_at", frame.getString("expires_at"))
                .put("node", "g1")
                .put("offset", 0)
                .put("recovered", true)
                .put("heartbeat_seconds", FakeGateway.HEARTBEAT_SECONDS));
    assertThat(Instant.parse(frame.getString("expires_at")).toEpochMilli())
        .isEqualTo(made.expiresAt());
    String hash = SessionHash.of(made.id());
    assertThat(reply.directives())
        .containsExactly(
            new Identify(made.user(), hash, made.expiresAt(), EVERYTHING),
            new Elsewhere(List.of()),
            new Follow("user:" + made.user(), 0, true));
  }

  @Test
  void noOrABlankSessionIdIsEmpty() {
    for (String json :
        List.of(
            "{\"type\":\"session\"}",
            "{\"type\":\"session\",\"session_id\":null}",
            "{\"type\":\"session\",\"session_id\":\" \"}")) {
      Reply reply = gateway.ask(null, json);
      assertThat(new String(reply.frame(), StandardCharsets.UTF_8))
          .isEqualTo("{\"type\":\"session\",\"status\":\"empty\"}");
      assertThat(reply.directives()).isEmpty();
    }
  }

  @Test
  void anUnknownOrDeletedSessionIsExpired() {
    SessionInfo made = session("gone");
    assertThat(gateway.ask(Addresses.SESSIONS, new DeleteSession(made.id()))).isEqualTo(new Done());
    for (String id : List.of("nonsense", made.id())) {
      Reply reply = gateway.ask(null, sessionFrame(id, ""));
      assertThat(new String(reply.frame(), StandardCharsets.UTF_8))
          .isEqualTo("{\"type\":\"session\",\"status\":\"expired\"}");
      assertThat(reply.directives()).isEmpty();
    }
  }

  @Test
  void aSessionIdOfTheWrongKindIsABadRequest() {
    assertError(gateway.ask(null, "{\"type\":\"session\",\"session_id\":7}"), "bad_request", null);
    assertError(
        gateway.ask(null, sessionFrame("x", ",\"since\":-1,\"id\":\"q\"")), "bad_request", "q");
  }

  @Test
  void theSameUserMayIdentifyAgainAndFollowsNothingTwice() {
    SessionInfo first = session("twice");
    SessionInfo second = made(first.user());
    Caller caller = caller(first);
    Reply reply = gateway.ask(caller, sessionFrame(second.id(), ""));
    assertThat(FakeGateway.json(reply.frame()).getString("status")).isEqualTo("valid");
    assertThat(reply.directives())
        .containsExactly(
            new Identify(
                first.user(), SessionHash.of(second.id()), second.expiresAt(), EVERYTHING));
  }

  @Test
  void anotherUsersSessionIsForbidden() {
    SessionInfo mine = session("mine");
    SessionInfo other = session("other");
    assertError(gateway.ask(caller(mine), sessionFrame(other.id(), "")), "forbidden", null);
  }

  @Test
  void whatIsAfterTheCursorIsFollowed() {
    SessionInfo bob = session("bob");
    sendTo(bob.user(), 3);
    move(bob, 2);
    Reply reply = gateway.ask(null, sessionFrame(bob.id(), ""));
    assertThat(FakeGateway.json(reply.frame()).getInteger("offset")).isEqualTo(3);
    assertThat(FakeGateway.json(reply.frame()).getBoolean("recovered")).isTrue();
    assertThat(reply.directives()).contains(new Follow("user:" + bob.user(), 2, true));
  }

  @Test
  void sinceOverridesTheCursor() {
    SessionInfo bob = session("since");
    sendTo(bob.user(), 3);
    move(bob, 2);
    Reply reply = gateway.ask(null, sessionFrame(bob.id(), ",\"since\":1"));
    assertThat(FakeGateway.json(reply.frame()).getBoolean("recovered")).isTrue();
    assertThat(reply.directives()).contains(new Follow("user:" + bob.user(), 1, true));
  }

  @Test
  void sinceBeyondTheHeadIsToldAndGoesOnFromTheHead() {
    SessionInfo bob = session("beyond");
    sendTo(bob.user(), 3);
    Reply reply = gateway.ask(null, sessionFrame(bob.id(), ",\"since\":9"));
    JsonObject frame = FakeGateway.json(reply.frame());
    assertThat(frame.getBoolean("recovered")).isFalse();
    assertThat(frame.getInteger("offset")).isEqualTo(3);
    assertThat(reply.directives()).contains(new Follow("user:" + bob.user(), 3, true));
  }

  // renew, logout

  @Test
  void renewGivesMoreTime() {
    SessionInfo made = made(name("renew"), 60);
    Reply reply = gateway.ask(caller(made), "{\"type\":\"renew\",\"id\":\"n\"}");
    JsonObject frame = FakeGateway.json(reply.frame());
    assertThat(frame.getString("id")).isEqualTo("n");
    assertThat(frame.getString("status")).isEqualTo("valid");
    long expiry = Instant.parse(frame.getString("expires_at")).toEpochMilli();
    assertThat(expiry).isGreaterThan(made.expiresAt());
    assertThat(reply.directives())
        .containsExactly(new Identify(made.user(), SessionHash.of(made.id()), expiry, EVERYTHING));
  }

  @Test
  void renewOfASessionThatIsGoneEndsTheConnection() {
    Reply reply = gateway.ask(FakeGateway.caller("nobody"), "{\"type\":\"renew\"}");
    assertThat(FakeGateway.json(reply.frame()).getString("status")).isEqualTo("expired");
    assertThat(reply.directives()).containsExactly(new Close(CloseCode.SESSION_ENDED));
  }

  @Test
  void logoutEndsTheSessionEverywhere() {
    SessionInfo made = session("leaver");
    Reply reply = gateway.ask(caller(made), "{\"type\":\"logout\",\"id\":\"o\"}");
    assertThat(new String(reply.frame(), StandardCharsets.UTF_8))
        .isEqualTo("{\"type\":\"session\",\"id\":\"o\",\"status\":\"empty\"}");
    assertThat(reply.directives()).containsExactly(new Close(CloseCode.SESSION_ENDED));
    assertThat(found(made.id()).status()).isEqualTo("expired");
    Await.until(
        () -> gateway.ended.contains(SessionHash.of(made.id())), "gateways hear of the end");
  }

  // echo

  @Test
  void echoGivesTheContentBackByteForByte() {
    Reply reply =
        gateway.ask(
            FakeGateway.caller("alice"),
            "{\"type\":\"echo\",\"id\":\"e\",\"content\": {\"b\" : 1.0, \"a\":[\"\\u00e9\"]}}");
    assertThat(new String(reply.frame(), StandardCharsets.UTF_8))
        .isEqualTo(
            "{\"type\":\"echo\",\"id\":\"e\",\"content\":{\"b\" : 1.0, \"a\":[\"\\u00e9\"]}}");
    assertThat(reply.directives()).isEmpty();
  }

  @Test
  void echoWithoutContentIsABadRequest() {
    assertError(
        gateway.ask(FakeGateway.caller("alice"), "{\"type\":\"echo\",\"id\":\"e\"}"),
        "bad_request",
        "e");
  }

  // what every type shares

  @Test
  void beforeASessionEverythingButSessionIsUnauthenticated() {
    for (String type :
        List.of(
            "echo", "private_message", "broadcast", "presence", "renew", "logout", "received")) {
      Reply reply = gateway.ask(null, "{\"type\":\"" + type + "\",\"id\":\"u\"}");
      assertError(reply, "unauthenticated", "u");
    }
  }

  @Test
  void theSenderMayBeOnesOwnNameOnly() {
    Caller alice = FakeGateway.caller("alice");
    String mine = "{\"type\":\"echo\",\"content\":1,\"sender\":\"alice\"}";
    assertThat(gateway.askForFrame(alice, mine).getString("type")).isEqualTo("echo");
    String other = "{\"type\":\"echo\",\"id\":\"f\",\"content\":1,\"sender\":\"bob\"}";
    assertError(gateway.ask(alice, other), "forbidden", "f");
    String kind = "{\"type\":\"echo\",\"id\":\"f\",\"content\":1,\"sender\":1}";
    assertError(gateway.ask(alice, kind), "bad_request", "f");
  }

  @Test
  void anIdThatCannotBeReadIsNotEchoed() {
    Caller alice = FakeGateway.caller("alice");
    String longId = "x".repeat(65);
    assertError(
        gateway.ask(alice, "{\"type\":\"echo\",\"id\":\"" + longId + "\",\"content\":1}"),
        "bad_request",
        null);
    assertError(
        gateway.ask(alice, "{\"type\":\"echo\",\"id\":7,\"content\":1}"), "bad_request", null);
  }

  @Test
  void aFrameThatIsNoObjectIsBadJson() {
    for (String body : List.of("[1]", "{\"type\":\"echo\"", "nonsense", "{\"a\":1,\"a\":2}")) {
      Request request = gateway.request("echo", FakeGateway.caller("alice"), 1, 1000, body);
      assertError(gateway.ask(request), "bad_json", null);
    }
  }

  @Test
  void aFaultOfOursIsUnavailableAndNotSilence() {
    String json = "{\"type\":\"faulty\",\"id\":\"x\",\"how\":\"%s\"}";
    for (String how : List.of("throw", "fail", "null")) {
      JsonObject frame = gateway.askForFrame(FakeGateway.caller("alice"), json.formatted(how));
      assertThat(frame.getString("code")).isEqualTo("unavailable");
      assertThat(frame.getString("message")).isEqualTo("internal error");
      assertThat(frame.getBoolean("retryable")).isTrue();
      assertThat(frame.getString("id")).isEqualTo("x");
    }
  }

  @Test
  void aRequestThatTakesTooLongIsUnavailable() {
    String json = "{\"type\":\"faulty\",\"id\":\"x\",\"how\":\"hang\"}";
    Request request = gateway.request("faulty", FakeGateway.caller("alice"), 1, 200, json);
    assertError(gateway.ask(request), "unavailable", "x");
  }

  @Test
  void aRequestThatLayUnreadForTooLongIsNotCarriedOut() {
    Caller alice = FakeGateway.caller("alice");
    String stall = "{\"type\":\"faulty\",\"how\":\"stall\"}";
    String late = "{\"type\":\"faulty\",\"id\":\"x\",\"how\":\"count\"}";
    FaultyType.counted.set(0);
    List<Future<Reply>> asked = new ArrayList<>();
    for (String json : List.of(stall, stall, late, late)) {
      Request request = gateway.request("faulty", alice, 1, 300, json);
      asked.add(gateway.asking("message.faulty", request).map(Reply.class::cast));
    }
    Await.result(Future.all(asked));
    assertError(asked.get(2).result(), "unavailable", "x");
    assertError(asked.get(3).result(), "unavailable", "x");
    assertThat(FaultyType.counted).hasValue(0);
  }

  @Test
  void moreThanALoopMayHoldIsRefusedAtOnce() {
    String json = "{\"type\":\"faulty\",\"id\":\"x\",\"how\":\"hang\"}";
    Request request = gateway.request("faulty", FakeGateway.caller("alice"), 1, 4000, json);
    List<Future<Reply>> asked =
        IntStream.range(0, 2500)
            .mapToObj(i -> gateway.asking("message.faulty", request).map(Reply.class::cast))
            .toList();
    Await.until(
        () -> asked.stream().filter(Future::succeeded).count() >= 2500 - 2 * 1024,
        Duration.ofSeconds(3),
        "the others are refused before anybody's time is up");
    assertError(
        asked.stream().filter(Future::succeeded).findFirst().orElseThrow().result(),
        "unavailable",
        "x");
    Await.result(Future.all(asked));
  }

  // the set of types

  @Test
  void twoTypesOfOneNameAreRefused() {
    assertThatThrownBy(() -> MessageTypes.check(List.of(new FaultyType(), new FaultyType())))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("faulty");
  }

  @Test
  void aTypeThatNoFrameCouldNameIsRefused() {
    MessageType<FaultyType.Fields> bad =
        new FaultyType() {
          @Override
          public String name() {
            return "gateway.all";
          }
        };
    assertThatThrownBy(() -> MessageTypes.check(List.of(bad)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("gateway.all");
  }

  // private_message

  @Test
  void aPrivateMessageIsStoredAndAckedAndDelivered() {
    SessionInfo bob = session("bob");
    String alice = name("alice");
    Await.result(gateway.follow("user:" + bob.user()));
    Reply reply =
        gateway.ask(
            FakeGateway.caller(alice), privateMessage(bob.user(), "c-1", "{\"x\": [1 ,2]}"));
    JsonObject ack = FakeGateway.json(reply.frame());
    assertThat(ack.fieldNames()).containsExactly("type", "id", "offset", "time");
    assertThat(ack.getString("id")).isEqualTo("c-1");
    assertThat(ack.getInteger("offset")).isOne();

    String expected =
        "{\"type\":\"private_message\",\"sender\":\""
            + alice
            + "\",\"receiver\":\""
            + bob.user()
            + "\",\"message\":{\"x\": [1 ,2]},\"offset\":1,\"time\":\""
            + ack.getString("time")
            + "\"}";
    Await.until(() -> !deliveredTo(bob.user()).isEmpty(), "the frame is delivered");
    assertThat(deliveredTo(bob.user())).containsExactly(expected);
    assertThat(logOf(bob.user())).containsExactly(expected);
  }

  @Test
  void aRepeatIsAckedAsTheFirstAndToldAsAHead() {
    SessionInfo bob = session("bob");
    Await.result(gateway.follow("user:" + bob.user()));
    Caller alice = FakeGateway.caller(name("alice"));
    String json = privateMessage(bob.user(), "c-1", "1");
    JsonObject first = gateway.askForFrame(alice, json);
    gateway.heads.clear();
    for (int attempt = 1; attempt <= 2; attempt++) {
      JsonObject again =
          FakeGateway.json(gateway.ask(gateway.request(alice, attempt, json)).frame());
      assertThat(again).isEqualTo(first.copy().put("duplicate", true));
    }
    Await.until(
        () -> gateway.heads.stream().anyMatch(head -> head.topic().equals("user:" + bob.user())),
        "the head is told");
    assertThat(logOf(bob.user())).hasSize(1);
    assertThat(deliveredTo(bob.user())).hasSize(1);
  }

  @Test
  void withoutAnIdThereIsNoAckAndNoSecondAttempt() {
    SessionInfo bob = session("bob");
    Caller alice = FakeGateway.caller("alice");
    String json =
        "{\"type\":\"private_message\",\"receiver\":\"" + bob.user() + "\",\"message\":null}";
    Reply reply = gateway.ask(alice, json);
    assertThat(reply.frame()).isNull();
    assertThat(reply.directives()).isEmpty();
    assertError(gateway.ask(gateway.request(alice, 2, json)), "unavailable", null);
    assertThat(logOf(bob.user())).hasSize(1);
  }

  @Test
  void aReceiverWhoNeverHadASessionIsUnknown() {
    Caller alice = FakeGateway.caller(name("alice"));
    assertError(
        gateway.ask(alice, privateMessage(name("never"), "c-1", "1")), "unknown_receiver", "c-1");
  }

  @Test
  void aPrivateMessageNeedsAReceiverAndAMessage() {
    Caller alice = FakeGateway.caller("alice");
    for (String fields :
        List.of(
            "\"message\":1",
            "\"receiver\":\"bob\"",
            "\"receiver\":7,\"message\":1",
            "\"receiver\":\"\",\"message\":1",
            "\"receiver\":\"" + "n".repeat(129) + "\",\"message\":1")) {
      String json = "{\"type\":\"private_message\",\"id\":\"b\"," + fields + "}";
      assertError(gateway.ask(alice, json), "bad_request", "b");
    }
  }

  // broadcast

  @Test
  void aBroadcastReachesEveryGatewayAndIsAckedWithoutAnOffset() {
    gateway.broadcasts.clear();
    JsonObject ack =
        gateway.askForFrame(
            FakeGateway.caller("alice"),
            "{\"type\":\"broadcast\",\"id\":\"w\",\"message\":\"hello\"}");
    assertThat(ack.fieldNames()).containsExactly("type", "id", "time");
    Await.until(() -> !gateway.broadcasts.isEmpty(), "the broadcast arrives");
    assertThat(gateway.broadcasts)
        .containsExactly(
            new JsonObject()
                .put("type", "broadcast")
                .put("sender", "alice")
                .put("message", "hello")
                .put("time", ack.getString("time")));
  }

  @Test
  void aBroadcastIsNotTriedTwice() {
    Request request =
        gateway.request(
            FakeGateway.caller("alice"), 2, "{\"type\":\"broadcast\",\"id\":\"w\",\"message\":1}");
    assertError(gateway.ask(request), "unavailable", "w");
  }

  // presence

  @Test
  void presenceTellsWhoIsFollowed() {
    String a = name("pa");
    String b = name("pb");
    Await.result(gateway.follow("user:" + a));
    Await.result(gateway.follow("user:" + b));
    String json = "{\"type\":\"presence\",\"id\":\"p\",\"users\":[\"%s\",\"%s\",\"nobody\"]}";
    JsonObject frame = gateway.askForFrame(FakeGateway.caller("alice"), json.formatted(b, a));
    assertThat(frame)
        .isEqualTo(
            new JsonObject()
                .put("type", "presence")
                .put("id", "p")
                .put("count", 2)
                .put("users", new JsonArray().add(a).add(b)));
    JsonObject all = gateway.askForFrame(FakeGateway.caller("alice"), "{\"type\":\"presence\"}");
    assertThat(all.getJsonArray("users")).contains(a, b);
    assertThat(all.getInteger("count")).isEqualTo(service.directory().count());

    Await.result(gateway.unfollow("user:" + a));
    JsonObject afterwards = gateway.askForFrame(FakeGateway.caller("alice"), json.formatted(b, a));
    assertThat(afterwards.getInteger("count")).as("who may be back any moment").isEqualTo(2);
    Await.until(
        () ->
            gateway
                    .askForFrame(FakeGateway.caller("alice"), json.formatted(b, a))
                    .getInteger("count")
                == 1,
        "who left is gone");
  }

  @Test
  void presenceOfMoreThanAHundredNamesIsABadRequest() {
    String names = "\"a\",".repeat(100) + "\"a\"";
    assertError(
        gateway.ask(
            FakeGateway.caller("alice"),
            "{\"type\":\"presence\",\"id\":\"p\",\"users\":[" + names + "]}"),
        "bad_request",
        "p");
  }

  // received

  @Test
  void receivedHasNoAnswerButADirective() {
    Reply reply = gateway.ask(FakeGateway.caller("alice"), "{\"type\":\"received\",\"offset\":41}");
    assertThat(reply.frame()).isNull();
    assertThat(reply.directives()).containsExactly(new Received("user:alice", 41));
  }

  @Test
  void receivedNeedsAnOffset() {
    Caller alice = FakeGateway.caller("alice");
    for (String offset : List.of("null", "-1", "1.5", "\"1\"")) {
      assertError(
          gateway.ask(alice, "{\"type\":\"received\",\"offset\":" + offset + "}"),
          "bad_request",
          null);
    }
  }

  // what gateways ask for themselves

  @Test
  void sessionsAreMadeFoundCheckedAndDeleted() {
    SessionInfo made = session("api");
    assertThat(made.status()).isEqualTo("valid");
    assertThat(found(made.id()))
        .isEqualTo(new SessionInfo("valid", null, made.user(), made.expiresAt()));
    String hash = SessionHash.of(made.id());
    assertThat(gateway.ask(Addresses.SESSIONS, new CheckSessions(List.of("ab".repeat(32), hash))))
        .isEqualTo(new SessionStates(List.of(0L, made.expiresAt())));
    assertThat(gateway.ask(Addresses.SESSIONS, new DeleteSession(made.id()))).isEqualTo(new Done());
    assertThat(gateway.ask(Addresses.SESSIONS, new DeleteSession(made.id()))).isEqualTo(new Done());
    assertThat(found(made.id())).isEqualTo(new SessionInfo("expired", null, null, 0));
  }

  @Test
  void aSessionForNobodyIsRefused() {
    Refused refused = (Refused) gateway.ask(Addresses.SESSIONS, new CreateSession("", 0));
    assertThat(refused.code()).isEqualTo(ErrorCode.BAD_REQUEST);
    refused = (Refused) gateway.ask(Addresses.SESSIONS, new CreateSession("alice", -1));
    assertThat(refused.code()).isEqualTo(ErrorCode.BAD_REQUEST);
  }

  @Test
  void aQuestionThatIsNoneIsRefused() {
    Refused refused = (Refused) gateway.ask(Addresses.LOG, new Done());
    assertThat(refused.code()).isEqualTo(ErrorCode.UNAVAILABLE);
  }

  @Test
  void theSweepTellsTheHeadOfWhatGrew() {
    SessionInfo bob = session("swept");
    Await.result(gateway.follow("user:" + bob.user()));
    sendTo(bob.user(), 2);
    Await.until(
        () ->
            gateway.heads.stream()
                .anyMatch(head -> head.topic().equals("user:" + bob.user()) && head.offset() == 2),
        "the sweep tells it");
  }

  @Test
  void theServiceIsReadyWhileTheDatabaseAnswers() {
    Await.result(service.ready());
  }

  private static String name(String prefix) {
    return prefix + "-" + names.incrementAndGet();
  }

  private static SessionInfo session(String prefix) {
    return made(name(prefix));
  }

  private static SessionInfo made(String user) {
    return made(user, 0);
  }

  private static SessionInfo made(String user, long ttlSeconds) {
    return (SessionInfo) gateway.ask(Addresses.SESSIONS, new CreateSession(user, ttlSeconds));
  }

  private static SessionInfo found(String id) {
    return (SessionInfo) gateway.ask(Addresses.SESSIONS, new FindSession(id));
  }

  private static Caller caller(SessionInfo session) {
    return new Caller(session.user(), SessionHash.of(session.id()), List.of("broadcast"));
  }

  private static String sessionFrame(String id, String more) {
    return "{\"type\":\"session\",\"session_id\":\"" + id + "\"" + more + "}";
  }

  private static String privateMessage(String receiver, String id, String message) {
    return "{\"type\":\"private_message\",\"receiver\":\""
        + receiver
        + "\",\"id\":\""
        + id
        + "\",\"message\":"
        + message
        + "}";
  }

  private static void sendTo(String user, int count) {
    Caller sender = FakeGateway.caller(name("sender"));
    for (int i = 0; i < count; i++) {
      Reply reply = gateway.ask(sender, privateMessage(user, "m-" + i, "1"));
      assertThat(FakeGateway.json(reply.frame()).getString("type")).isEqualTo("ack");
    }
  }

  private static void move(SessionInfo session, long offset) {
    Cursor cursor = new Cursor(SessionHash.of(session.id()), offset);
    assertThat(gateway.ask(Addresses.LOG, new MoveCursors(List.of(cursor), List.of())))
        .isEqualTo(new Done());
  }

  private static List<String> deliveredTo(String user) {
    return gateway.delivered.stream()
        .filter(delivery -> delivery.topic().equals("user:" + user))
        .map(delivery -> new String(delivery.frame(), StandardCharsets.UTF_8))
        .toList();
  }

  private static List<String> logOf(String user) {
    LogPage page =
        (LogPage) gateway.ask(Addresses.LOG, new ReadLog("user:" + user, 0, 100, 65_536));
    return page.entries().stream()
        .map(delivery -> new String(delivery.frame(), StandardCharsets.UTF_8))
        .toList();
  }

  private static void assertError(Reply reply, String code, String id) {
    JsonObject frame = FakeGateway.json(reply.frame());
    assertThat(frame.getString("type")).isEqualTo("error");
    assertThat(frame.getString("code")).as(frame.encode()).isEqualTo(code);
    assertThat(frame.getString("id")).isEqualTo(id);
    assertThat(reply.directives()).isEmpty();
  }

  /** A type in a jar beside ours, by somebody who makes every mistake. */
  public static class FaultyType implements MessageType<FaultyType.Fields> {
    /** Longer than the requests behind it may wait. */
    private static final long STALL_MILLIS = 1000;

    static final AtomicInteger counted = new AtomicInteger();

    record Fields(String how) {}

    @Override
    public String name() {
      return "faulty";
    }

    @Override
    public Fields read(JsonFrame frame) {
      return new Fields(frame.string("how"));
    }

    @Override
    public Future<Reply> handle(Fields fields, Call call) {
      return switch (fields.how()) {
        case "throw" -> throw new IllegalStateException("thrown");
        case "fail" -> Future.failedFuture(new IllegalStateException("failed"));
        case "hang" -> Future.future(promise -> {});
        case "stall" -> stall();
        case "count" -> count();
        default -> null;
      };
    }

    /** Stops its event loop, as a frozen process would. */
    private static Future<Reply> stall() {
      long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(STALL_MILLIS);
      while (System.nanoTime() < end) {
        LockSupport.parkNanos(end - System.nanoTime());
      }
      return Future.succeededFuture(Reply.NOTHING);
    }

    private static Future<Reply> count() {
      counted.incrementAndGet();
      return Future.succeededFuture(Reply.NOTHING);
    }
  }
}
