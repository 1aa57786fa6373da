package io.trunkline.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.node.Node;
import io.trunkline.node.Role;
import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage.AskPresence;
import io.trunkline.protocol.BusMessage.Caller;
import io.trunkline.protocol.BusMessage.CreateSession;
import io.trunkline.protocol.BusMessage.Delivery;
import io.trunkline.protocol.BusMessage.Refused;
import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.BusMessage.Request;
import io.trunkline.protocol.Directive.Follow;
import io.trunkline.protocol.Directive.Relay;
import io.trunkline.protocol.Directive.Unfollow;
import io.trunkline.testing.Await;
import io.trunkline.testing.TestPostgres;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The rules of subscribe, unsubscribe, publish and history, asked over the bus. */
class ChannelTypesTest {
  private static final AtomicInteger names = new AtomicInteger();
  private static final Caller ALICE = FakeGateway.caller("alice");

  private static TestCluster cluster;
  private static FakeGateway gateway;

  @BeforeAll
  static void start() {
    cluster = new TestCluster();
    Node node = cluster.join("s1", Role.SESSION);
    gateway = cluster.gateway("g1");
    Await.result(
        SessionService.start(
            node,
            cluster.settings.withChannels(
                "dur.*=durable",
                "eph.*=ephemeral",
                "plain=durable",
                "quiet=ephemeral;presence=off",
                "small=ephemeral;presence=off;max_subscribers=2")),
        TestCluster.PATIENCE);
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  // subscribe

  @Test
  void withoutSinceItFollowsFromTheHeadOn() {
    String channel = durable();
    publish(channel, 3);
    Reply reply = gateway.ask(ALICE, subscribe(channel, ",\"id\":\"s\""));
    assertThat(text(reply))
        .isEqualTo(
            "{\"type\":\"subscribed\",\"id\":\"s\",\"channel\":\""
                + channel
                + "\",\"offset\":3,\"recovered\":true}");
    assertThat(reply.directives())
        .containsExactly(new Follow("channel:" + channel, 3, false), here(channel));
  }

  @Test
  void sinceIsWhereItGoesOn() {
    String channel = durable();
    publish(channel, 3);
    Reply reply = gateway.ask(ALICE, subscribe(channel, ",\"since\":1"));
    assertSubscribed(reply, 3, true);
    assertThat(reply.directives())
        .containsExactly(new Follow("channel:" + channel, 1, false), here(channel));
  }

  @Test
  void sinceBeyondTheHeadIsToldAndGoesOnFromTheHead() {
    String channel = durable();
    publish(channel, 2);
    Reply reply = gateway.ask(ALICE, subscribe(channel, ",\"since\":9"));
    assertSubscribed(reply, 2, false);
    assertThat(reply.directives())
        .containsExactly(new Follow("channel:" + channel, 2, false), here(channel));
  }

  @Test
  void whatTheRetentionHasDroppedIsTold() throws Exception {
    String channel = durable();
    publish(channel, 5);
    try (var connection = TestPostgres.connect(cluster.databaseUrl);
        var delete =
            connection.prepareStatement(
                """
                delete from trunkline.message where "offset" <= 3 and topic_id =
                  (select id from trunkline.topic where name = ?)
                """)) {
      delete.setString(1, "channel:" + channel);
      assertThat(delete.executeUpdate()).isEqualTo(3);
    }
    Reply reply = gateway.ask(ALICE, subscribe(channel, ",\"since\":1"));
    assertSubscribed(reply, 5, false);
    assertThat(reply.directives())
        .containsExactly(new Follow("channel:" + channel, 3, false), here(channel));
    assertSubscribed(gateway.ask(ALICE, subscribe(channel, ",\"since\":3")), 5, true);
  }

  @Test
  void aChannelThatNobodyHasWrittenToIsEmpty() {
    String channel = durable();
    Reply reply = gateway.ask(ALICE, subscribe(channel, ",\"since\":0"));
    assertSubscribed(reply, 0, true);
    assertThat(reply.directives())
        .containsExactly(new Follow("channel:" + channel, 0, false), here(channel));
  }

  @Test
  void anEphemeralChannelHasNoLogToFollow() {
    String channel = ephemeral();
    Reply reply = gateway.ask(ALICE, subscribe(channel, ""));
    assertSubscribed(reply, 0, true);
    assertThat(reply.directives())
        .containsExactly(Follow.unlogged("channel:" + channel, 0), here(channel));
    assertSubscribed(gateway.ask(ALICE, subscribe(channel, ",\"since\":4")), 0, false);
  }

  @Test
  void whatIsWrongIsNamed() {
    assertError(ask("{\"type\":\"subscribe\"}"), "bad_request", "channel");
    assertError(ask(subscribe("", "")), "bad_request", "channel");
    assertError(ask(subscribe("x".repeat(129), "")), "bad_request", "channel");
    assertError(ask(subscribe("plain", ",\"since\":-1")), "bad_request", "since");
    assertError(ask(subscribe("plain", ",\"since\":\"1\"")), "bad_request", "since");
    assertError(ask(subscribe("plain", ",\"presence\":1")), "bad_request", "presence");
    assertError(ask("{\"type\":\"publish\",\"channel\":\"plain\"}"), "bad_request", "message");
    assertError(ask("{\"type\":\"unsubscribe\"}"), "bad_request", "channel");
    assertError(ask("{\"type\":\"history\"}"), "bad_request", "channel");
    assertError(ask(history("plain", ",\"limit\":0")), "bad_request", "limit");
    assertError(ask(history("plain", ",\"limit\":1001")), "bad_request", "limit");
    assertError(ask(history("plain", ",\"with\":\"bob\"")), "bad_request", "with");
    assertError(ask(history("eph.x", "")), "bad_request", "channel");
  }

  private static Follow here(String channel) {
    return Follow.unlogged("here:" + channel + "\nalice", 0);
  }

  // presence

  @Test
  void whoWantsToKnowWhoComesFollowsThat() {
    Reply reply = gateway.ask(ALICE, subscribe("plain", ",\"presence\":true"));
    assertThat(reply.directives()).endsWith(here("plain"), Follow.unlogged("presence:plain", 0));
    Caller reader = new Caller("alice", "00".repeat(32), List.of("subscribe:*"));
    assertError(
        gateway.askForFrame(reader, subscribe("plain", ",\"presence\":true")),
        "forbidden",
        "the permission presence");
  }

  @Test
  void whoIsInAChannelIsWhoeverAGatewaySaysIsThere() {
    String channel = durable();
    for (String user : List.of("carol", "bob", "alice")) {
      Await.result(gateway.follow("here:" + channel + "\n" + user));
    }
    Await.result(gateway.follow("here:" + channel + "x\nzoe"));
    assertThat(gateway.askForFrame(ALICE, presence(channel, "")).encode())
        .isEqualTo("{\"type\":\"presence\",\"count\":3,\"users\":[\"alice\",\"bob\",\"carol\"]}");
    assertThat(
            gateway.askForFrame(ALICE, presence(channel, ",\"users\":[\"zoe\",\"bob\"]")).encode())
        .isEqualTo("{\"type\":\"presence\",\"count\":1,\"users\":[\"bob\"]}");
  }

  @Test
  void whoMayNotSubscribeSeesNobody() {
    Caller other = new Caller("rita", "00".repeat(32), List.of("presence", "subscribe:eph.*"));
    assertError(gateway.askForFrame(other, presence("plain", "")), "forbidden", "channel");
    assertThat(gateway.askForFrame(other, presence("eph.x", "")).getInteger("count")).isZero();
  }

  @Test
  void aFullChannelIsForbiddenButToWhoIsInIt() {
    Caller bob = FakeGateway.caller("bob");
    assertThat(gateway.ask(ALICE, subscribe("small", "")).directives())
        .as("it is counted, though not shown")
        .endsWith(here("small"));
    assertThat(gateway.askForFrame(bob, subscribe("small", "")).getString("type"))
        .isEqualTo("subscribed");
    assertError(
        gateway.askForFrame(FakeGateway.caller("carol"), subscribe("small", "")),
        "forbidden",
        "channel: it has its 2 subscribers");
    assertThat(gateway.askForFrame(bob, subscribe("small", "")).getString("type"))
        .isEqualTo("subscribed");
    assertError(ask(presence("small", "")), "forbidden", "channel: its presence");
  }

  @Test
  void whereTheRuleSaysSoPresenceIsNeitherKeptNorTold() {
    assertThat(gateway.ask(ALICE, subscribe("quiet", "")).directives())
        .containsExactly(Follow.unlogged("channel:quiet", 0));
    assertError(
        ask(subscribe("quiet", ",\"presence\":true")), "forbidden", "channel: its presence");
    assertError(ask(presence("quiet", "")), "forbidden", "channel: its presence");
    assertThat(gateway.ask(Addresses.SESSIONS, new AskPresence("quiet", true, List.of())))
        .isInstanceOf(Refused.class);
  }

  private static String presence(String channel, String more) {
    return "{\"type\":\"presence\",\"channel\":\"" + channel + "\"" + more + "}";
  }

  @Test
  void aChannelThatNoRuleNamesIsUnknown() {
    for (String json :
        List.of(
            subscribe("other", ""),
            publish("other", "p", "1"),
            history("other", ""),
            presence("other", ""))) {
      assertError(ask(json), "unknown_channel", "channel");
    }
  }

  @Test
  void permissionsThatNameChannelsAreHeldTo() {
    Caller reader = new Caller("rita", "00".repeat(32), List.of("subscribe:dur.*", "publish:"));
    String channel = durable();
    assertSubscribed(gateway.ask(reader, subscribe(channel, "")), 0, true);
    assertThat(gateway.askForFrame(reader, history(channel, "")).getString("type"))
        .isEqualTo("history");
    for (String json :
        List.of(publish(channel, "p", "1"), subscribe("plain", ""), history("plain", ""))) {
      assertError(gateway.askForFrame(reader, json), "forbidden", "channel");
    }
  }

  @Test
  void unsubscribeIsAnsweredWhateverWasFollowed() {
    Reply reply =
        gateway.ask(ALICE, "{\"type\":\"unsubscribe\",\"id\":\"u\",\"channel\":\"nowhere\"}");
    assertThat(text(reply))
        .isEqualTo("{\"type\":\"unsubscribed\",\"id\":\"u\",\"channel\":\"nowhere\"}");
    assertThat(reply.directives())
        .containsExactly(
            new Unfollow("channel:nowhere"),
            new Unfollow("here:nowhere\nalice"),
            new Unfollow("presence:nowhere"));
  }

  // publish

  @Test
  void aDurableMessageIsStoredAckedAndDelivered() {
    String channel = durable();
    Await.result(gateway.follow("channel:" + channel));
    JsonObject ack = ask(publish(channel, "p-1", "{\"a\": 1.0}"));
    assertThat(ack.fieldNames()).containsExactly("type", "id", "offset", "time");
    assertThat(ack.getLong("offset")).isEqualTo(1);
    Await.until(() -> delivered(channel).size() == 1, "the frame is delivered");
    Delivery delivery = delivered(channel).get(0);
    assertThat(delivery.offset()).isEqualTo(1);
    assertThat(new String(delivery.frame(), StandardCharsets.UTF_8))
        .isEqualTo(
            "{\"type\":\"message\",\"channel\":\""
                + channel
                + "\",\"sender\":\"alice\",\"message\":{\"a\": 1.0},\"offset\":1,\"time\":\""
                + ack.getString("time")
                + "\"}");
    JsonObject repeat = ask(publish(channel, "p-1", "2"));
    assertThat(repeat.getLong("offset")).isEqualTo(1);
    assertThat(repeat.getBoolean("duplicate")).isTrue();
  }

  @Test
  void withoutAnIdItIsNotTriedTwice() {
    String json = "{\"type\":\"publish\",\"channel\":\"plain\",\"message\":1}";
    assertThat(gateway.ask(ALICE, json).frame()).isNull();
    assertError(
        FakeGateway.json(gateway.ask(gateway.request(ALICE, 2, json)).frame()), "unavailable", "");
  }

  @Test
  void anEphemeralMessageIsLeftToItsGatewayWhichIsToldWhoFollows() throws Exception {
    String channel = ephemeral();
    Await.result(gateway.follow("channel:" + channel));
    Reply reply = gateway.ask(ALICE, publish(channel, "e-1", "1"));
    assertThat(reply.frame()).isNull();
    Relay relay = (Relay) reply.directives().get(0);
    assertThat(relay.topic()).isEqualTo("channel:" + channel);
    assertThat(relay.channel()).isEqualTo(channel);
    assertThat(relay.gateways()).containsExactly("g1");
    assertThat(relay.service()).isEqualTo("s1");
    assertThat(relay.millis()).isEqualTo(Relays.HOLD_MILLIS);
    assertThat(new String(relay.head(), StandardCharsets.UTF_8))
        .isEqualTo("{\"type\":\"message\",\"channel\":\"" + channel + "\",\"sender\":\"alice\"");
    // Nothing was sent, so asking again does no harm.
    Reply again = gateway.ask(gateway.request(ALICE, 2, publish(channel, "e-1", "1")));
    assertThat(again.directives()).hasExactlyElementsOfTypes(Relay.class);
    assertThat(delivered(channel)).isEmpty();
    assertThat(count("select count(*) from trunkline.topic where name like 'channel:eph.%'"))
        .isZero();
  }

  @Test
  void forAnOlderGatewayAnEphemeralMessageIsDeliveredAndStoredNowhere() throws Exception {
    String channel = ephemeral();
    Await.result(gateway.follow("channel:" + channel));
    JsonObject ack =
        FakeGateway.json(gateway.ask(fromOlder(1, publish(channel, "e-1", "1"))).frame());
    assertThat(ack.fieldNames()).containsExactly("type", "id", "time");
    Await.until(() -> delivered(channel).size() == 1, "the frame is delivered");
    Delivery delivery = delivered(channel).get(0);
    assertThat(delivery.offset()).isZero();
    assertThat(new String(delivery.frame(), StandardCharsets.UTF_8))
        .isEqualTo(
            "{\"type\":\"message\",\"channel\":\""
                + channel
                + "\",\"sender\":\"alice\",\"message\":1,\"time\":\""
                + ack.getString("time")
                + "\"}");
    assertError(
        FakeGateway.json(gateway.ask(fromOlder(2, publish(channel, "e-2", "1"))).frame()),
        "unavailable",
        "");
    assertThat(count("select count(*) from trunkline.topic where name like 'channel:eph.%'"))
        .isZero();
  }

  // history

  @Test
  void historyIsPagedByOffsetAndLimit() {
    String channel = durable();
    publish(channel, 5);
    JsonObject page = ask(history(channel, ",\"since\":1,\"limit\":2,\"id\":\"h\""));
    assertThat(page.fieldNames()).containsExactly("type", "id", "channel", "messages", "more");
    assertThat(offsets(page)).containsExactly(2L, 3L);
    assertThat(page.getBoolean("more")).isTrue();
    assertThat(page.getJsonArray("messages").getJsonObject(0).fieldNames())
        .containsExactly("type", "channel", "sender", "message", "offset", "time");
    JsonObject rest = ask(history(channel, ",\"since\":3"));
    assertThat(offsets(rest)).containsExactly(4L, 5L);
    assertThat(rest.getBoolean("more")).isFalse();
    for (String since : List.of(",\"since\":5", ",\"since\":99")) {
      JsonObject none = ask(history(channel, since));
      assertThat(none.getJsonArray("messages")).isEmpty();
      assertThat(none.getBoolean("more")).isFalse();
    }
  }

  @Test
  void aPageOfHistoryIsBoundedInBytes() {
    String channel = durable();
    String large = "\"" + "x".repeat(60_000) + "\"";
    IntStream.range(0, 12).forEach(i -> ask(publish(channel, "l-" + channel + i, large)));
    List<Long> seen = new ArrayList<>();
    int pages = 0;
    boolean more = true;
    while (more) {
      long since = seen.isEmpty() ? 0 : seen.get(seen.size() - 1);
      Reply reply = gateway.ask(ALICE, history(channel, ",\"limit\":1000,\"since\":" + since));
      assertThat(reply.frame().length).isLessThan(400_000);
      JsonObject page = FakeGateway.json(reply.frame());
      seen.addAll(offsets(page));
      more = page.getBoolean("more");
      pages++;
    }
    assertThat(seen).containsExactlyElementsOf(LongStream.rangeClosed(1, 12).boxed().toList());
    assertThat(pages).isEqualTo(3);
  }

  @Test
  void aConversationIsBothSidesInOrderAndNobodyElses() {
    Caller ann = user("ann");
    Caller ben = user("ben");
    Caller eve = user("eve");
    write(ann, ben, 1);
    write(ben, ann, 2);
    write(eve, ann, 99);
    write(ann, eve, 98);
    write(ann, ben, 3);
    write(ben, ann, 4);
    write(ann, ann, 97);
    JsonObject all = gateway.askForFrame(ann, with(ben, ",\"id\":\"w\""));
    assertThat(all.fieldNames()).containsExactly("type", "id", "with", "messages", "more", "next");
    assertThat(messages(all)).containsExactly(1, 2, 3, 4);
    assertThat(all.getBoolean("more")).isFalse();
    assertThat(all.getJsonArray("messages").getJsonObject(0).fieldNames())
        .containsExactly("type", "sender", "receiver", "message", "offset", "time");
    assertThat(messages(gateway.askForFrame(ben, with(ann, ",\"since\":0"))))
        .containsExactly(1, 2, 3, 4);
    assertThat(messages(gateway.askForFrame(ann, with(ann, "")))).containsExactly(97);
    assertThat(messages(gateway.askForFrame(ann, with(user("stranger"), "")))).isEmpty();
  }

  @Test
  void aConversationIsPagedAndItsEndIsWhereItGoesOn() {
    Caller ann = user("ann");
    Caller ben = user("ben");
    for (int i = 1; i <= 9; i++) {
      write(i % 3 == 0 ? ann : ben, i % 3 == 0 ? ben : ann, i);
    }
    List<Integer> seen = new ArrayList<>();
    JsonObject page = gateway.askForFrame(ann, with(ben, ",\"limit\":2"));
    seen.addAll(messages(page));
    while (page.getBoolean("more")) {
      String since = ",\"limit\":2,\"since\":\"" + page.getString("next") + "\"";
      page = gateway.askForFrame(ann, with(ben, since));
      seen.addAll(messages(page));
    }
    assertThat(seen).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9);
    write(ben, ann, 10);
    String since = ",\"since\":\"" + page.getString("next") + "\"";
    assertThat(messages(gateway.askForFrame(ann, with(ben, since)))).containsExactly(10);
  }

  @Test
  void aPageOfAConversationIsBoundedInBytes() {
    Caller ann = user("ann");
    Caller ben = user("ben");
    String large = "\"" + "x".repeat(60_000) + "\"";
    for (int i = 0; i < 7; i++) {
      write(i % 2 == 0 ? ann : ben, i % 2 == 0 ? ben : ann, large);
    }
    JsonObject page = gateway.askForFrame(ann, with(ben, ",\"limit\":1000"));
    assertThat(page.getJsonArray("messages")).hasSize(5);
    assertThat(page.getBoolean("more")).isTrue();
    String since = ",\"since\":\"" + page.getString("next") + "\"";
    JsonObject rest = gateway.askForFrame(ann, with(ben, since));
    assertThat(rest.getJsonArray("messages")).hasSize(2);
    assertThat(rest.getBoolean("more")).isFalse();
  }

  @Test
  void aPlaceInAConversationThatIsNoneIsABadRequest() {
    for (String since : List.of("7", "\"\"", "\"x\"", "\"1-\"", "\"1-2-3\"", "true")) {
      String json = "{\"type\":\"history\",\"with\":\"bob\",\"since\":" + since + "}";
      assertError(ask(json), "bad_request", "since");
    }
  }

  private static JsonObject ask(String json) {
    return gateway.askForFrame(ALICE, json);
  }

  /** As a gateway would ask that has not said which kinds it reads. */
  private static Request fromOlder(int attempt, String json) {
    Request request = gateway.request(ALICE, attempt, json);
    return new Request(
        request.type(),
        request.connection(),
        "older",
        request.heartbeatSeconds(),
        attempt,
        request.timeoutMillis(),
        ALICE,
        null,
        request.body());
  }

  private static String durable() {
    return "dur." + names.incrementAndGet();
  }

  private static String ephemeral() {
    return "eph." + names.incrementAndGet();
  }

  private static Caller user(String prefix) {
    String name = prefix + "-" + names.incrementAndGet();
    gateway.ask(Addresses.SESSIONS, new CreateSession(name, 0));
    return FakeGateway.caller(name);
  }

  private static String subscribe(String channel, String more) {
    return "{\"type\":\"subscribe\",\"channel\":\"" + channel + "\"" + more + "}";
  }

  private static String history(String channel, String more) {
    return "{\"type\":\"history\",\"channel\":\"" + channel + "\"" + more + "}";
  }

  private static String with(Caller other, String more) {
    return "{\"type\":\"history\",\"with\":\"" + other.user() + "\"" + more + "}";
  }

  private static String publish(String channel, String id, String message) {
    return new JsonObject()
        .put("type", "publish")
        .put("channel", channel)
        .put("id", id)
        .encode()
        .replace("}", ",\"message\":" + message + "}");
  }

  private static void publish(String channel, int count) {
    for (int i = 1; i <= count; i++) {
      JsonObject ack = ask(publish(channel, channel + "-" + i, "1"));
      assertThat(ack.getLong("offset")).as(ack.encode()).isEqualTo(i);
    }
  }

  private static void write(Caller from, Caller to, Object message) {
    String json =
        "{\"type\":\"private_message\",\"id\":\"w-"
            + names.incrementAndGet()
            + "\",\"receiver\":\""
            + to.user()
            + "\",\"message\":"
            + message
            + "}";
    assertThat(gateway.askForFrame(from, json).getString("type")).isEqualTo("ack");
  }

  private static List<Delivery> delivered(String channel) {
    return gateway.delivered.stream()
        .filter(delivery -> delivery.topic().equals("channel:" + channel))
        .toList();
  }

  private static List<Long> offsets(JsonObject page) {
    JsonArray messages = page.getJsonArray("messages");
    return IntStream.range(0, messages.size())
        .mapToObj(i -> messages.getJsonObject(i).getLong("offset"))
        .toList();
  }

  private static List<Integer> messages(JsonObject page) {
    JsonArray messages = page.getJsonArray("messages");
    return IntStream.range(0, messages.size())
        .mapToObj(i -> messages.getJsonObject(i).getInteger("message"))
        .toList();
  }

  private static long count(String sql) throws Exception {
    try (var connection = TestPostgres.connect(cluster.databaseUrl);
        var rows = connection.createStatement().executeQuery(sql)) {
      rows.next();
      return rows.getLong(1);
    }
  }

  private static String text(Reply reply) {
    return new String(reply.frame(), StandardCharsets.UTF_8);
  }

  private static void assertSubscribed(Reply reply, long offset, boolean recovered) {
    JsonObject frame = FakeGateway.json(reply.frame());
    assertThat(frame.getString("type")).as(frame.encode()).isEqualTo("subscribed");
    assertThat(frame.getLong("offset")).isEqualTo(offset);
    assertThat(frame.getBoolean("recovered")).isEqualTo(recovered);
  }

  /** {@code named}: how the message begins, which is the field's name. */
  private static void assertError(JsonObject frame, String code, String named) {
    assertThat(frame.getString("type")).as(frame.encode()).isEqualTo("error");
    assertThat(frame.getString("code")).as(frame.encode()).isEqualTo(code);
    assertThat(frame.getString("message")).startsWith(named);
  }
}
