package io.trunkline.cluster;

import static io.trunkline.cluster.FrameAssert.assertFrame;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Await;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A channel that takes ten users, asked for by many at once on two gateways. */
class FullChannelTest {
  private static final int ROOM = 10;

  /** Enough for each session service to have to decide about some. */
  private static final int CHANNELS = 10;

  @RegisterExtension
  static final LocalCluster cluster =
      LocalCluster.of(2, 2).withChannels("small.*=ephemeral;max_subscribers=" + ROOM, "*=durable");

  @Test
  void noMoreGetInThanThereIsRoomForHoweverManyComeAtOnce() {
    List<Client> crowd = crowd("rush");
    rush(crowd, "small.rush");
    assertFrame(crowd.get(0).ask("presence", "channel", "small.rush")).has("count", ROOM);
  }

  @Test
  void nobodyGetsInBesidesBecauseASessionServiceHasOnlyJustStarted() {
    List<Client> crowd = crowd("started");
    cluster.addService();
    for (int i = 0; i < CHANNELS; i++) {
      rush(crowd, "small.started-" + i);
    }
  }

  private static void rush(List<Client> crowd, String channel) {
    crowd.forEach(client -> client.send(subscribe(channel)));
    List<JsonObject> answers = crowd.stream().map(client -> client.answerTo("s")).toList();
    assertThat(answers.stream().filter(answer -> answer.getString("type").equals("subscribed")))
        .hasSize(ROOM);
    for (JsonObject answer : answers) {
      if (!answer.getString("type").equals("subscribed")) {
        assertFrame(answer).isError("forbidden", false);
        assertThat(answer.getString("message")).contains("channel", "10 subscribers");
      }
    }
  }

  @Test
  void whoIsInComesInAgainAndAPlaceThatIsLeftIsAnothers() {
    List<Client> crowd = crowd("again");
    List<Client> in = crowd.subList(0, ROOM);
    in.forEach(client -> assertFrame(client.ask(subscribe("small.again"))).is("subscribed"));
    assertFrame(cluster.client(1, "again-0").ask(subscribe("small.again"))).is("subscribed");
    Client outside = crowd.get(ROOM);
    assertFrame(outside.ask(subscribe("small.again"))).isError("forbidden", false);
    in.get(1).ask("unsubscribe", "channel", "small.again");
    Await.until(
        () -> outside.ask(subscribe("small.again")).getString("type").equals("subscribed"),
        "there is room");
  }

  private static JsonObject subscribe(String channel) {
    return Client.frame("subscribe", "channel", channel, "id", "s");
  }

  private static List<Client> crowd(String name) {
    return IntStream.range(0, 3 * ROOM)
        .mapToObj(i -> cluster.client(i % 2, name + "-" + i))
        .collect(Collectors.toCollection(ArrayList::new));
  }
}
