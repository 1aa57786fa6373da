package io.trunkline.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.BusMessage.Broadcast;
import io.trunkline.protocol.BusMessage.Delivery;
import io.trunkline.protocol.BusMessage.ReadLog;
import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.Directive;
import io.trunkline.testing.Await;
import io.trunkline.testing.WebSocketProbe;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** From the bus to the sockets, on both event loops. */
class DeliveryTest {
  /** Enough for both event loops to have some, but with a chance of one in a thousand. */
  private static final int SEVERAL = 10;

  @RegisterExtension
  static final Rig rig = new Rig("REQUEST_RATE", "10000", "REQUEST_BURST", "10000");

  private static final AtomicInteger users = new AtomicInteger();

  private String user;
  private String topic;

  @BeforeEach
  void aUserOfItsOwn() {
    user = "user-" + users.incrementAndGet();
    topic = "user:" + user;
  }

  private WebSocketProbe login() {
    return following(rig.login(user));
  }

  /** The service knows that the topic is followed; for the connection nothing is under way. */
  private WebSocketProbe following(WebSocketProbe probe) {
    Await.until(() -> rig.service().isFollowed(topic), "the service knows");
    return probe;
  }

  private WebSocketProbe resume(String sessionId, long since) {
    WebSocketProbe probe =
        rig.connect("/ws?since=" + since, Map.of("Authorization", "Bearer " + sessionId));
    probe.expect("session");
    return probe;
  }

  private void appendAndPush(String text) {
    rig.service().push(rig.service().append(topic, text));
  }

  private static void expectStored(WebSocketProbe probe, long... offsets) {
    for (long offset : offsets) {
      assertThat(probe.expect("stored").getLong("offset")).isEqualTo(offset);
    }
  }

  // Broadcast

  @Test
  void aBroadcastReachesEveryConnectionWithASessionOnce() {
    List<WebSocketProbe> all =
        IntStream.range(0, SEVERAL).mapToObj(i -> rig.login("user-b" + i)).toList();
    WebSocketProbe nobody = rig.connect();
    WebSocketProbe echo = rig.connect("/echo");
    byte[] frame = "{\"type\":\"broadcast\",\"message\":\"é€𐍈\"}".getBytes(UTF_8);
    rig.service().publish(new Broadcast(frame));
    rig.service().publish(new Broadcast(frame));
    for (WebSocketProbe probe : all) {
      assertThat(probe.nextMessage().payload()).isEqualTo(frame);
      assertThat(probe.nextMessage().payload()).isEqualTo(frame);
      probe.expectNothing();
    }
    nobody.expectNothing();
    echo.send("alone");
    assertThat(echo.nextMessage().text()).isEqualTo("alone");
  }

  // Topics

  @Test
  void aFrameReachesEveryFollowerOnBothLoopsByteForByte() {
    List<WebSocketProbe> all = IntStream.range(0, SEVERAL).mapToObj(i -> login()).toList();
    WebSocketProbe other = rig.login("somebody-else");
    Delivery delivery = rig.service().append(topic, "é€𐍈");
    rig.service().push(delivery);
    for (WebSocketProbe probe : all) {
      assertThat(probe.nextMessage().payload()).isEqualTo(delivery.frame());
      probe.expectNothing();
    }
    other.expectNothing();
  }

  @Test
  void aBatchForManyTopicsReachesEachInOrder() {
    WebSocketProbe alice = login();
    String otherUser = user + "-other";
    WebSocketProbe bob = rig.login(otherUser);
    Await.until(() -> rig.service().isFollowed("user:" + otherUser), "the service knows");
    List<Delivery> batch = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      batch.add(rig.service().append(topic, "to alice"));
      batch.add(rig.service().append("user:" + otherUser, "to bob"));
      batch.add(rig.service().append("user:nobody-here", "to nobody"));
    }
    rig.service().push(batch.toArray(new Delivery[0]));
    long[] offsets = IntStream.rangeClosed(1, 20).asLongStream().toArray();
    expectStored(alice, offsets);
    expectStored(bob, offsets);
  }

  @Test
  void whatTheLogHasComesBeforeWhatIsLive() {
    rig.service().append(topic, "one");
    rig.service().append(topic, "two");
    WebSocketProbe alice = resume(rig.service().session(user), 0);
    expectStored(alice, 1, 2);
    appendAndPush("three");
    expectStored(alice, 3);
    alice.expectNothing();
  }

  @Test
  void sinceIsWhereTheLogIsReadFrom() {
    IntStream.range(0, 5).forEach(i -> rig.service().append(topic, "m" + i));
    expectStored(resume(rig.service().session(user), 3), 4, 5);
  }

  @Test
  void aLongLogComesWhole() {
    IntStream.range(0, 1000).forEach(i -> rig.service().append(topic, "x".repeat(500)));
    WebSocketProbe alice = resume(rig.service().session(user), 0);
    expectStored(alice, IntStream.rangeClosed(1, 1000).asLongStream().toArray());
    assertThat(rig.service().asked(ReadLog.class)).hasSizeGreaterThan(3);
    appendAndPush("live");
    expectStored(alice, 1001);
  }

  @Test
  void aLostFrameIsFetchedWhenTheNextComes() {
    WebSocketProbe alice = login();
    rig.service().append(topic, "lost");
    appendAndPush("two");
    expectStored(alice, 1, 2);
    alice.expectNothing();
  }

  @Test
  void aLostTailIsFetchedAfterTheSweep() {
    WebSocketProbe alice = login();
    rig.service().append(topic, "lost");
    rig.service().heads(topic);
    expectStored(alice, 1);
  }

  @Test
  void aFrameThatIsInNoLogComesAsItIs() {
    WebSocketProbe alice = login();
    rig.service().push(new Delivery(topic, 0, "{\"type\":\"presence_change\"}".getBytes(UTF_8)));
    alice.expect("presence_change");
  }

  @Test
  void aLogThatCannotBeReadIsReadLater() {
    rig.service().append(topic, "one");
    AtomicInteger reads = new AtomicInteger();
    rig.service()
        .answerAt(
            Addresses.LOG,
            question ->
                question instanceof ReadLog && reads.incrementAndGet() < 3
                    ? Future.failedFuture("on purpose")
                    : rig.service().onLog(question));
    expectStored(resume(rig.service().session(user), 0), 1);
    assertThat(reads.get()).isGreaterThanOrEqualTo(3);
  }

  // What the session services are told

  @Test
  void theServiceIsToldOfTheFirstFollowerAndOfTheLast() {
    WebSocketProbe one = login();
    WebSocketProbe other = login();
    one.close(1000, "");
    assertThat(one.closeCode()).isEqualTo(1000);
    appendAndPush("still");
    expectStored(other, 1);
    assertThat(rig.service().isFollowed(topic)).isTrue();
    other.abort();
    Await.until(() -> !rig.service().isFollowed(topic), "nobody follows any more");
  }

  // Directives of handlers

  @Test
  void aHandlerLetsAConnectionFollowAndUnfollow() {
    String channel = "channel:" + user;
    rig.service().append(channel, "before");
    answerWith("subscribe", new Directive.Follow(channel, 0, false));
    answerWith("unsubscribe", new Directive.Unfollow(channel));
    WebSocketProbe alice = login();
    alice.send("{\"type\":\"subscribe\"}");
    alice.expect("done"); // the answer first
    expectStored(alice, 1);
    rig.service().push(rig.service().append(channel, "live"));
    expectStored(alice, 2);
    alice.send("{\"type\":\"unsubscribe\"}");
    alice.expect("done");
    Await.until(() -> !rig.service().isFollowed(channel), "nobody follows any more");
    rig.service().push(rig.service().append(channel, "unheard"));
    alice.expectNothing();
  }

  @Test
  void whoFollowsTwiceGetsEverythingOnce() {
    String channel = "channel:" + user;
    answerWith("subscribe", new Directive.Follow(channel, 0, false));
    WebSocketProbe alice = login();
    for (int i = 0; i < 2; i++) {
      alice.send("{\"type\":\"subscribe\"}");
      alice.expect("done");
    }
    Await.until(() -> rig.service().isFollowed(channel), "the service knows");
    rig.service().push(rig.service().append(channel, "once"));
    expectStored(alice, 1);
    alice.expectNothing();
  }

  private static void answerWith(String type, Directive directive) {
    BusMessage reply = Reply.of("{\"type\":\"done\"}".getBytes(UTF_8), directive);
    rig.service().answer(type, request -> Future.succeededFuture(reply));
  }

  // Cursors

  @Test
  void theCursorMovesWithWhatWasWritten() {
    String id = rig.service().session(user);
    WebSocketProbe alice = following(rig.loginWith(id));
    appendAndPush("one");
    appendAndPush("two");
    expectStored(alice, 1, 2);
    Await.until(() -> rig.service().cursorOf(id) == 2, "the cursor has moved");
  }

  @Test
  void theCursorMovesAtOnceWhenTheConnectionEnds() {
    String id = rig.service().session(user);
    WebSocketProbe alice = following(rig.loginWith(id));
    appendAndPush("one");
    expectStored(alice, 1);
    alice.close(1000, "");
    Await.until(() -> rig.service().cursorOf(id) == 1, "the cursor has moved");
  }

  @Test
  void onceTheClientSaysReceivedItsWordCounts() {
    String id = rig.service().session(user);
    WebSocketProbe alice = following(rig.loginWith(id));
    answerWith("received", new Directive.Received(topic, 2));
    IntStream.range(0, 3).forEach(i -> appendAndPush("m" + i));
    expectStored(alice, 1, 2, 3);
    alice.send("{\"type\":\"received\",\"offset\":2}");
    alice.expect("done");
    alice.close(1000, "");
    Await.until(() -> rig.gateway().connections() == 0, "the connection is gone");
    Await.until(() -> rig.service().cursorOf(id) >= 2, "the cursor has moved");
  }
}
