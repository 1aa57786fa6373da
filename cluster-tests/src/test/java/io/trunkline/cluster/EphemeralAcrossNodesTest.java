package io.trunkline.cluster;

import static io.trunkline.cluster.FrameAssert.assertFrame;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Await;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What is stored nowhere goes from gateway to gateway, by what session services said a moment ago
 * of who follows. It is at most once; but where nothing fails all of it comes, and in its order.
 */
class EphemeralAcrossNodesTest {
  /** Longer than a gateway goes by what it was told, so that it asks again on the way. */
  private static final int MESSAGES = 6000;

  /** Than by running out. */
  private static final Duration SOONER = Duration.ofMillis(1500);

  @RegisterExtension static final LocalCluster cluster = LocalCluster.of(2, 2);

  @Test
  void whoHasReadSubscribedGetsWhatIsPublishedNextByWhoeverWasPublishingAlready() {
    Client alice = cluster.client(0, "next-alice");
    Client bob = cluster.client(1, "next-bob");
    Client carol = cluster.client(0, "next-carol");
    for (int round = 0; round < 60; round++) {
      String channel = "live.next-" + round;
      assertFrame(publish(alice, channel, "nobody gets this")).is("ack");
      for (Client reader : round % 2 == 0 ? List.of(bob, carol) : List.of(carol, bob)) {
        assertFrame(reader.ask("subscribe", "channel", channel)).is("subscribed");
        assertFrame(publish(alice, channel, round)).is("ack");
        assertFrame(reader.next()).is("message").has("channel", channel).has("message", round);
      }
      Client first = round % 2 == 0 ? bob : carol;
      assertFrame(first.next()).is("message").has("message", round);
    }
  }

  @Test
  void whatOneConnectionPublishesComesWholeAndInItsOrderToEveryGateway() {
    Client alice = cluster.client(0, "order-alice");
    List<Client> readers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Client reader = cluster.client(i % 2, "order-reader-" + i);
      assertFrame(reader.ask("subscribe", "channel", "live.order")).is("subscribed");
      readers.add(reader);
    }
    CompletableFuture<Void> publishing =
        CompletableFuture.runAsync(
            () -> {
              for (int i = 1; i <= MESSAGES; i++) {
                alice.send(
                    Client.frame(
                        "publish", "id", String.valueOf(i), "channel", "live.order", "message", i));
                if (i % 20 == 0) { // so that it takes a few seconds, and asks again on the way
                  assertFrame(alice.answerTo(String.valueOf(i))).is("ack");
                  assertFrame(alice.ask("echo", "content", i)).is("echo");
                }
              }
            });
    for (Client reader : readers) {
      List<Integer> got =
          reader.next(MESSAGES).stream().map(EphemeralAcrossNodesTest::number).toList();
      assertThat(got)
          .containsExactlyElementsOf(IntStream.rangeClosed(1, MESSAGES).boxed().toList());
    }
    publishing.join();
  }

  @Test
  void aSessionThatLosesItsPermissionSendsNothingMore() throws Exception {
    String id = cluster.gateway(0).api().login("lost-rita");
    Client rita = cluster.keep(Client.connect(cluster.gateway(0).wsUri(), id));
    Client bob = cluster.client(1, "lost-bob");
    assertFrame(bob.ask("subscribe", "channel", "live.lost")).is("subscribed");
    assertFrame(publish(rita, "live.lost", 1)).is("ack");
    assertFrame(publish(rita, "live.lost", 2)).is("ack");

    cluster.permit("lost-rita", "{broadcast}");

    Await.until(
        () -> "forbidden".equals(publish(rita, "live.lost", 3).getString("code")),
        SOONER,
        "the session may not publish any more");
    assertFrame(publish(rita, "live.lost", 4)).isError("forbidden", false);
    assertThat(bob.next(2)).extracting(EphemeralAcrossNodesTest::number).containsExactly(1, 2);
  }

  @Test
  void whatWouldBeRefusedIsRefusedInTheSameWordsOnceThereIsAWay() {
    Client alice = cluster.client(0, "same-alice");
    List<JsonObject> before = refusals(alice);
    assertFrame(publish(alice, "live.same", 1)).is("ack");
    assertThat(refusals(alice)).isEqualTo(before);
  }

  private static List<JsonObject> refusals(Client client) {
    return List.of(
            client.ask("publish", "channel", "live.same"),
            client.ask("publish", "channel", 7, "message", 1),
            client.ask("publish", "message", 1),
            client.ask("publish", "channel", "live.same", "message", 1, "sender", "somebody"),
            client.ask("publish", "channel", "live.same", "message", 1, "sender", 5))
        .stream()
        .map(frame -> assertRefusal(frame))
        .toList();
  }

  private static JsonObject assertRefusal(JsonObject frame) {
    assertFrame(frame).is("error");
    JsonObject without = frame.copy();
    without.remove("id");
    return without;
  }

  private static JsonObject publish(Client client, String channel, Object message) {
    return client.ask("publish", "channel", channel, "message", message);
  }

  private static int number(JsonObject frame) {
    return frame.getInteger("message");
  }
}
