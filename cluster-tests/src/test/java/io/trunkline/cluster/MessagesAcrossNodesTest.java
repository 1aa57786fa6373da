package io.trunkline.cluster;

import static io.trunkline.cluster.FrameAssert.assertFrame;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.WebSocketProbe;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Every kind of message, from clients on one gateway to clients on another. */
class MessagesAcrossNodesTest {
  @RegisterExtension static final LocalCluster cluster = LocalCluster.of(2, 2);

  @Test
  void echoComesBackAsItWasOnEveryGateway() {
    Object content = new JsonArray().add(1).add("é€😀").add(new JsonObject().putNull("nothing"));
    for (int gateway = 0; gateway < 2; gateway++) {
      Client alice = cluster.client(gateway, "echo-alice");
      for (int i = 0; i < 8; i++) {
        assertFrame(alice.ask("echo", "content", content)).is("echo").has("content", content);
      }
    }
  }

  @Test
  void echoEndpointGivesBackTextAndBinaryWithoutASession() {
    String uri = cluster.gateway(0).wsUri().replace("/ws", "/echo");
    try (WebSocketProbe probe = WebSocketProbe.connect(uri)) {
      probe.send("not even JSON");
      assertThat(probe.nextMessage().text()).isEqualTo("not even JSON");
      probe.sendBinary(new byte[] {0, 1, -1});
      WebSocketProbe.Message back = probe.nextMessage();
      assertThat(back.isText()).as("text instead of binary").isFalse();
      assertThat(back.payload()).containsExactly(0, 1, -1);
    }
  }

  @Test
  void privateMessageReachesTheOtherGatewayAndIsAcked() {
    Client alice = cluster.client(0, "pm-alice");
    Client bob = cluster.client(1, "pm-bob");

    JsonObject ack = alice.write("pm-bob", "hi");

    assertFrame(ack).is("ack").has("offset", 1).hasText("time").hasNo("duplicate");
    assertFrame(bob.next())
        .is("private_message")
        .has("sender", "pm-alice")
        .has("receiver", "pm-bob")
        .has("message", "hi")
        .has("offset", 1)
        .has("time", ack.getString("time"))
        .hasNo("id");
    alice.expectNothing();
  }

  @Test
  void privateMessageWithoutAnIdIsDeliveredAndNotAcked() {
    Client alice = cluster.client(0, "quiet-alice");
    Client bob = cluster.client(1, "quiet-bob");

    alice.send(Client.frame("private_message", "receiver", "quiet-bob", "message", 42));

    assertFrame(bob.next()).is("private_message").has("message", 42).has("offset", 1);
    alice.expectNothing();
  }

  @Test
  void oneMayNameOneselfAsSenderAndWriteToOneself() {
    Client alice = cluster.client(0, "self-alice");
    JsonObject request =
        Client.frame(
            "private_message", "sender", "self-alice", "receiver", "self-alice", "message", "note");

    assertFrame(alice.ask(request)).is("ack").has("offset", 1);
    assertFrame(alice.next()).is("private_message").has("message", "note");
  }

  @Test
  void conversationKeepsItsOrderBothWays() {
    Client alice = cluster.client(0, "order-alice");
    Client bob = cluster.client(1, "order-bob");

    for (int i = 1; i <= 20; i++) {
      assertFrame(alice.write("order-bob", i)).is("ack").has("offset", i);
      assertFrame(bob.write("order-alice", -i)).is("ack").has("offset", i);
    }

    for (int i = 1; i <= 20; i++) {
      assertFrame(bob.next()).has("offset", i).has("message", i);
      assertFrame(alice.next()).has("offset", i).has("message", -i);
    }
  }

  @Test
  void requestsOfOneConnectionAreStoredInTheOrderSentWithoutWaitingForAcks() {
    Client alice = cluster.client(0, "burst-alice");
    Client bob = cluster.client(1, "burst-bob");

    for (int i = 1; i <= 50; i++) {
      alice.send(
          Client.frame("private_message", "id", "b" + i, "receiver", "burst-bob", "message", i));
    }

    assertThat(bob.next(50).stream().map(frame -> frame.getInteger("message")))
        .containsExactlyElementsOf(IntStream.rangeClosed(1, 50).boxed().toList());
    assertFrame(alice.answerTo("b50")).is("ack").has("offset", 50);
  }

  @Test
  void everyConnectionOfOneUserOnTwoGatewaysGetsTheSameInTheSameOrder() {
    Client alice = cluster.client(0, "twice-alice");
    Client carol = cluster.client(1, "twice-carol");
    List<Client> bobs =
        List.of(
            cluster.client(0, "twice-bob"),
            cluster.client(1, "twice-bob"),
            cluster.client(1, "twice-bob"));

    for (int i = 0; i < 10; i++) {
      alice.send(Client.frame("private_message", "receiver", "twice-bob", "message", "a" + i));
      carol.send(Client.frame("private_message", "receiver", "twice-bob", "message", "c" + i));
    }

    List<JsonObject> seen = bobs.get(0).next(20);
    assertThat(seen.stream().map(frame -> frame.getLong("offset")))
        .containsExactlyElementsOf(LongStream.rangeClosed(1, 20).boxed().toList());
    assertThat(bobs.get(1).next(20)).isEqualTo(seen);
    assertThat(bobs.get(2).next(20)).isEqualTo(seen);
  }

  @Test
  void broadcastReachesEveryConnectionOfEveryGatewayOnceAndNobodyWithoutASession() {
    List<Client> all = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      all.add(cluster.client(i % 2, "cast-" + i));
    }
    all.add(cluster.client(1, "cast-0"));

    try (WebSocketProbe stranger = WebSocketProbe.connect(cluster.gateway(1).wsUri())) {
      JsonObject ack = all.get(0).ask("broadcast", "message", "to all");
      assertFrame(ack).is("ack").hasText("time").hasNo("offset");
      for (Client each : all) {
        assertFrame(each.next())
            .is("broadcast")
            .has("sender", "cast-0")
            .has("message", "to all")
            .has("time", ack.getString("time"))
            .hasNo("offset");
      }
      // What is sent after it comes after it: had there been two, the second were here by now.
      assertFrame(all.get(5).ask("broadcast", "message", "last")).is("ack");
      for (Client each : all) {
        assertFrame(each.next()).is("broadcast").has("message", "last");
        each.expectNothing();
      }
      stranger.expectNothing();
    }
  }
}
