package io.trunkline.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.protocol.BusMessage.AskNode;
import io.trunkline.protocol.BusMessage.AskPresence;
import io.trunkline.protocol.BusMessage.AskUser;
import io.trunkline.protocol.BusMessage.Broadcast;
import io.trunkline.protocol.BusMessage.Caller;
import io.trunkline.protocol.BusMessage.CheckSessionIds;
import io.trunkline.protocol.BusMessage.CheckSessions;
import io.trunkline.protocol.BusMessage.Connections;
import io.trunkline.protocol.BusMessage.CountConnections;
import io.trunkline.protocol.BusMessage.CreatePermittedSession;
import io.trunkline.protocol.BusMessage.CreateSession;
import io.trunkline.protocol.BusMessage.Cursor;
import io.trunkline.protocol.BusMessage.DeleteSession;
import io.trunkline.protocol.BusMessage.DeleteUserSessions;
import io.trunkline.protocol.BusMessage.Deliver;
import io.trunkline.protocol.BusMessage.DeliverTraced;
import io.trunkline.protocol.BusMessage.Delivery;
import io.trunkline.protocol.BusMessage.DisconnectUser;
import io.trunkline.protocol.BusMessage.Done;
import io.trunkline.protocol.BusMessage.DrainGateway;
import io.trunkline.protocol.BusMessage.EndSession;
import io.trunkline.protocol.BusMessage.FindSession;
import io.trunkline.protocol.BusMessage.Following;
import io.trunkline.protocol.BusMessage.FollowingKnown;
import io.trunkline.protocol.BusMessage.GatewayLoad;
import io.trunkline.protocol.BusMessage.Head;
import io.trunkline.protocol.BusMessage.Heads;
import io.trunkline.protocol.BusMessage.LogPage;
import io.trunkline.protocol.BusMessage.MoveCursors;
import io.trunkline.protocol.BusMessage.NodeReport;
import io.trunkline.protocol.BusMessage.NodeSample;
import io.trunkline.protocol.BusMessage.NumberedReply;
import io.trunkline.protocol.BusMessage.OwnsType;
import io.trunkline.protocol.BusMessage.PostMessage;
import io.trunkline.protocol.BusMessage.Posted;
import io.trunkline.protocol.BusMessage.PresenceInfo;
import io.trunkline.protocol.BusMessage.ReadHeads;
import io.trunkline.protocol.BusMessage.ReadLog;
import io.trunkline.protocol.BusMessage.Refused;
import io.trunkline.protocol.BusMessage.RelaysEnded;
import io.trunkline.protocol.BusMessage.Replies;
import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.BusMessage.Request;
import io.trunkline.protocol.BusMessage.Requests;
import io.trunkline.protocol.BusMessage.SeatTaken;
import io.trunkline.protocol.BusMessage.SessionInfo;
import io.trunkline.protocol.BusMessage.SessionOwner;
import io.trunkline.protocol.BusMessage.SessionOwners;
import io.trunkline.protocol.BusMessage.SessionState;
import io.trunkline.protocol.BusMessage.SessionStates;
import io.trunkline.protocol.BusMessage.SessionsChanged;
import io.trunkline.protocol.BusMessage.SessionsEnded;
import io.trunkline.protocol.BusMessage.TakeSeat;
import io.trunkline.protocol.BusMessage.TellTypes;
import io.trunkline.protocol.BusMessage.TellsPresence;
import io.trunkline.protocol.BusMessage.Terms;
import io.trunkline.protocol.BusMessage.Traced;
import io.trunkline.protocol.BusMessage.TypeAnnounced;
import io.trunkline.protocol.BusMessage.TypeGone;
import io.trunkline.protocol.BusMessage.TypeOwned;
import io.trunkline.protocol.BusMessage.UserInfo;
import io.trunkline.protocol.BusMessage.UserSession;
import io.trunkline.protocol.BusMessage.UsersChanged;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each kind comes out as it went in, and its bytes are those of {@code bus-messages-t1.txt}: nodes
 * of an earlier version read them. A new kind adds a line there; no line ever changes.
 */
class BusCodecTest {
  private static final BusCodec CODEC = new BusCodec();
  private static final byte[] BYTES = {'{', '}'};

  static Stream<BusMessage> samples() {
    Caller caller = new Caller("alice", "5e55", List.of("broadcast", "x"));
    List<Delivery> deliveries = List.of(new Delivery("user:bob", 7, BYTES));
    return Stream.of(
        new Request("echo", "c-1", "g", 25, 1, 1800, caller, "00-ab-cd-01", BYTES),
        new Request("session", "c-2", "g", 25, 2, 900, null, null, BYTES),
        new Reply(
            BYTES,
            List.of(
                new Directive.Identify("alice", "5e55", 1_795_000_000_000L, List.of("broadcast")),
                new Directive.Follow("user:alice", 41, true),
                new Directive.Unfollow("channel:news"),
                new Directive.Received("user:alice", 40),
                new Directive.Close(4001, "session ended"))),
        Reply.NOTHING,
        new Refused(ErrorCode.UNAVAILABLE, "später"),
        new Done(),
        new Deliver(deliveries),
        new Broadcast(BYTES),
        new Heads(List.of(new Head("user:bob", 7))),
        new ReadHeads(List.of("user:bob", "user:alice")),
        new ReadLog("user:bob", 6, 256, 131_072),
        new LogPage(deliveries, 9),
        new MoveCursors(List.of(new Cursor("5e55", 7)), List.of("5e56")),
        new Following("g", Long.MAX_VALUE, 3, true, List.of("user:bob"), List.of("user:x")),
        new FollowingKnown(false),
        new SessionsEnded(List.of("5e55")),
        new CheckSessions(List.of("5e55", "5e56")),
        new SessionStates(List.of(1_795_000_000_000L, 0L)),
        new CreateSession("alice", 3600),
        new FindSession("id"),
        new DeleteSession("id"),
        new SessionInfo("valid", "id", "alice", 1_795_000_000_000L),
        new SessionInfo("expired", null, null, 0),
        new CreatePermittedSession("alice", 3600, List.of("publish:news.*")),
        new DeleteUserSessions("alice"),
        new SessionsChanged(
            List.of(new SessionState("5e55", 1_795_000_000_000L, List.of("presence")))),
        new UsersChanged(List.of("alice")),
        new CheckSessionIds(List.of("id")),
        new SessionOwners(
            List.of(
                new SessionOwner("alice", 1_795_000_000_000L, List.of("presence")),
                new SessionOwner(null, 0, List.of()))),
        new Reply(null, List.of(new Directive.Watch("id", 5))),
        new Reply(null, List.of(Directive.Follow.unlogged("channel:live", 64))),
        new CountConnections("alice"),
        new Connections(3),
        new Reply(null, List.of(new Directive.Elsewhere(List.of("g1", "g2")))),
        new OwnsType("poll"),
        new TypeOwned(true),
        new TypeAnnounced("poll", "i-1", new Terms(BYTES, "vote", 1024, 5)),
        new TypeAnnounced("poll", "i-2", new Terms(null, null, 0, 0)),
        new TypeGone("poll", "i-1"),
        new TellTypes(),
        new PostMessage("bob", null, "shop", "o-1", BYTES),
        new PostMessage(null, "news", null, null, BYTES),
        new Posted(7, 1_795_000_000_000L, true),
        new AskPresence("news", false, List.of("bob")),
        new PresenceInfo(2, List.of("alice", "bob")),
        new DisconnectUser("alice"),
        new DeliverTraced(
            List.of(new Delivery("user:bob", 7, BYTES)),
            List.of(new Traced(0, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"))),
        new GatewayLoad("gateway-1", 300, true),
        new TellsPresence("s1"),
        new TakeSeat("news", "alice", 100),
        new SeatTaken(true),
        new AskNode(150),
        new NodeReport(
            "0.1.0",
            1_795_000_000_000L,
            2000,
            List.of("connections", "requests"),
            List.of(3L, 42L),
            List.of(new NodeSample(1_795_000_002_000L, List.of(3L, 42L)))),
        new AskUser("alice"),
        new UserInfo(
            true,
            7,
            List.of("g1"),
            2,
            List.of(new UserSession("5e55", 1_795_000_000_000L, 1_795_000_060_000L, 5, 2, false))),
        new EndSession("alice", "5e55"),
        new DrainGateway(true),
        new Requests(
            1,
            41,
            List.of(
                new Request("echo", "c-1", "g", 25, 1, 1800, caller, "00-ab-cd-01", BYTES),
                new Request("session", "c-2", "g", 25, 2, 900, null, null, BYTES))),
        new Replies(
            1, List.of(new NumberedReply(41, Reply.of(BYTES)), new NumberedReply(42, null))),
        new RelaysEnded("s", 8, List.of("channel:news", "channel:chat")),
        Reply.of(
            null,
            new Directive.Relay(
                "channel:news", "news", BYTES, List.of("g1", "g2"), "s", 7, 2000, null)));
  }

  @ParameterizedTest
  @MethodSource("samples")
  void comesOutAsItWentIn(BusMessage message) {
    Buffer buffer = Buffer.buffer("what stands before it");
    int start = buffer.length();
    CODEC.encodeToWire(buffer, message);
    assertThat(CODEC.decodeFromWire(start, buffer)).usingRecursiveComparison().isEqualTo(message);
  }

  @Test
  void theBytesAreThoseThatOtherVersionsKnow() throws IOException {
    assertThat(samples().map(BusCodecTest::line)).containsExactlyElementsOf(recorded());
  }

  @Test
  void everyKindIsAmongTheSamples() {
    Set<Class<?>> sampled = samples().map(Object::getClass).collect(Collectors.toSet());
    assertThat(sampled).containsExactlyInAnyOrder(BusMessage.class.getPermittedSubclasses());
  }

  @ParameterizedTest
  @MethodSource("samples")
  void bytesThatAreCutShortAreRefused(BusMessage message) {
    byte[] whole = bytes(message);
    for (int length = 0; length < whole.length; length++) {
      Buffer part = Buffer.buffer(whole).getBuffer(0, length);
      assertThatThrownBy(() -> CODEC.decodeFromWire(0, part))
          .isInstanceOfAny(IndexOutOfBoundsException.class, IllegalArgumentException.class);
    }
  }

  private static String line(BusMessage message) {
    return message.getClass().getSimpleName() + " " + HexFormat.of().formatHex(bytes(message));
  }

  private static byte[] bytes(BusMessage message) {
    Buffer buffer = Buffer.buffer();
    CODEC.encodeToWire(buffer, message);
    return buffer.getBytes();
  }

  private static List<String> recorded() throws IOException {
    try (InputStream in = BusCodecTest.class.getResourceAsStream("bus-messages-t1.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
  }
}
