package io.trunkline.cluster;

import static io.trunkline.cluster.FrameAssert.assertFrame;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.TestPostgres;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Channels, as clients on two gateways see them; with the rules that hold by default. */
class ChannelsAcrossNodesTest {
  @RegisterExtension static final LocalCluster cluster = LocalCluster.of(2, 2);

  @Test
  void whatIsPublishedReachesSubscribersOnBothGatewaysOnceAndInOrder() {
    Client alice = cluster.client(0, "ch-alice");
    List<Client> readers = List.of(cluster.client(0, "ch-bob"), cluster.client(1, "ch-carol"));
    for (Client reader : readers) {
      assertFrame(reader.ask("subscribe", "channel", "news"))
          .is("subscribed")
          .has("channel", "news")
          .has("offset", 0)
          .has("recovered", true);
    }

    for (int i = 1; i <= 20; i++) {
      assertFrame(publish(alice, "news", i)).is("ack").has("offset", i).hasText("time");
    }

    for (Client reader : readers) {
      for (int i = 1; i <= 20; i++) {
        assertFrame(reader.next())
            .is("message")
            .has("channel", "news")
            .has("sender", "ch-alice")
            .has("message", i)
            .has("offset", i)
            .hasText("time");
      }
      reader.expectNothing();
    }
    alice.expectNothing();
  }

  @Test
  void sinceReplaysAndThenGoesOnLive() {
    Client alice = cluster.client(0, "since-ch-alice");
    IntStream.rangeClosed(1, 300).forEach(i -> publish(alice, "since", i));

    Client bob = cluster.client(1, "since-ch-bob");
    assertFrame(bob.ask("subscribe", "channel", "since", "since", 10))
        .has("offset", 300)
        .has("recovered", true);
    publish(alice, "since", 301);
    assertThat(offsets(bob.next(291))).containsExactlyElementsOf(range(11, 301));

    Client late = cluster.client(1, "since-ch-late");
    assertFrame(late.ask("subscribe", "channel", "since")).has("offset", 301);
    Client ahead = cluster.client(0, "since-ch-ahead");
    assertFrame(ahead.ask("subscribe", "channel", "since", "since", 999))
        .has("offset", 301)
        .has("recovered", false);
    publish(alice, "since", 302);
    assertThat(offsets(List.of(late.next(), ahead.next(), bob.next()))).containsOnly(302L);
  }

  @Test
  void subscribedComesBeforeTheFirstMessage() {
    Client alice = cluster.client(0, "first-alice");
    IntStream.rangeClosed(1, 3).forEach(i -> publish(alice, "first", i));
    for (int round = 0; round < 30; round++) {
      Client bob = cluster.client(round % 2, "first-bob-" + round);
      bob.send(Client.frame("subscribe", "channel", "first", "since", 0, "presence", true));
      assertFrame(bob.next()).is("subscribed").has("offset", 3);
      assertFrame(bob.next()).is("message").has("offset", 1);
    }
  }

  @Test
  void replayEndsWhereLiveBeginsWhileSeveralPublish() throws Exception {
    int publishers = 3;
    int each = 150;
    int all = publishers * each;
    ExecutorService threads = Executors.newFixedThreadPool(publishers);
    List<Future<?>> publishing = new ArrayList<>();
    for (int p = 0; p < publishers; p++) {
      Client client = cluster.client(p % 2, "seam-" + p);
      publishing.add(
          threads.submit(() -> IntStream.range(0, each).forEach(i -> publish(client, "seam", i))));
    }
    try {
      List<Client> readers = new ArrayList<>();
      for (int r = 0; r < 6; r++) {
        Client reader = cluster.client(r % 2, "seam-reader-" + r);
        assertFrame(reader.ask("subscribe", "channel", "seam", "since", 0))
            .is("subscribed")
            .has("recovered", true);
        assertFrame(reader.next()).has("offset", 1);
        readers.add(reader);
      }
      for (Future<?> one : publishing) {
        one.get();
      }
      for (Client reader : readers) {
        assertThat(offsets(reader.next(all - 1))).containsExactlyElementsOf(range(2, all));
        reader.expectNothing();
      }
    } catch (ExecutionException e) {
      throw new AssertionError("a publisher failed: " + e.getCause(), e.getCause());
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void subscribingAgainDoublesNothing() {
    Client alice = cluster.client(0, "again-alice");
    Client bob = cluster.client(1, "again-bob");
    publish(alice, "again", 1);
    assertFrame(bob.ask("subscribe", "channel", "again")).is("subscribed").has("offset", 1);
    assertFrame(bob.ask("subscribe", "channel", "again", "since", 0)).is("subscribed");

    publish(alice, "again", 2);

    assertFrame(bob.next()).has("offset", 2);
    publish(alice, "again", 3);
    assertFrame(bob.next()).has("offset", 3);
    bob.expectNothing();
  }

  @Test
  void nothingComesAfterUnsubscribed() {
    for (String channel : List.of("leave", "live.leave")) {
      Client alice = cluster.client(0, "leave-alice");
      Client bob = cluster.client(0, "leave-bob");
      Client carol = cluster.client(0, "leave-carol");
      bob.ask("subscribe", "channel", channel);
      carol.ask("subscribe", "channel", channel);
      for (int i = 1; i <= 50; i++) {
        alice.send(Client.frame("publish", "id", channel + i, "channel", channel, "message", i));
      }
      assertFrame(bob.next()).is("message");

      bob.send(Client.frame("unsubscribe", "id", "u", "channel", channel));

      readUpTo(bob, "unsubscribed");
      assertFrame(alice.answerTo(channel + 50)).is("ack");
      assertThat(carol.next(50)).hasSize(50);
      bob.expectNothing();
      // It may come back, and gets what is new.
      assertFrame(bob.ask("subscribe", "channel", channel)).is("subscribed");
      assertFrame(publish(alice, channel, 51)).is("ack");
      assertFrame(bob.next()).is("message").has("message", 51);
    }
  }

  @Test
  void ephemeralReachesBothGatewaysFromTheMomentOfSubscribedAndIsStoredNowhere() throws Exception {
    for (int round = 0; round < 10; round++) {
      String channel = "live.cursor-" + round;
      Client alice = cluster.client(round % 2, "live-alice");
      Client bob = cluster.client(0, "live-bob");
      Client carol = cluster.client(1, "live-carol");
      for (Client reader : List.of(bob, carol)) {
        assertFrame(reader.ask("subscribe", "channel", channel))
            .is("subscribed")
            .has("offset", 0)
            .has("recovered", true);
      }
      JsonObject ack = publish(alice, channel, round);
      assertFrame(ack).is("ack").hasText("time").hasNo("offset");
      for (Client reader : List.of(bob, carol)) {
        assertFrame(reader.next())
            .is("message")
            .has("channel", channel)
            .has("sender", "live-alice")
            .has("message", round)
            .has("time", ack.getString("time"))
            .hasNo("offset");
        reader.expectNothing();
      }
    }
    assertThat(topics("channel:live.%")).isZero();
  }

  @Test
  void channelsOfAConnectionAreLimitedAndTheRefusalCarriesTheId() {
    LocalCluster.LocalGateway small =
        cluster.addGateway(Map.of("TRUNKLINE_MAX_CHANNELS_PER_CONNECTION", "2"));
    Client bob = cluster.client(small, "many-bob");
    assertFrame(bob.ask("subscribe", "channel", "many.1")).is("subscribed");
    assertFrame(bob.ask("subscribe", "channel", "live.many.2")).is("subscribed");
    for (String third : List.of("many.3", "live.many.3")) {
      assertFrame(bob.ask("subscribe", "channel", third)).isError("forbidden", false);
    }
    assertFrame(bob.ask("subscribe", "channel", "many.1")).is("subscribed");

    publish(bob, "many.3", "not for me");
    publish(bob, "live.many.3", "not for me");
    publish(bob, "many.1", "for me");
    assertFrame(bob.next()).has("channel", "many.1").has("message", "for me");
    bob.expectNothing();

    assertFrame(bob.ask("unsubscribe", "channel", "many.1")).is("unsubscribed");
    assertFrame(bob.ask("subscribe", "channel", "many.3")).is("subscribed");
    bob.close();
    cluster.remove(small);
  }

  @Test
  void permissionsOfTheSessionAreHeldTo() throws Exception {
    String id = cluster.gateway(0).api().login("held-rita");
    cluster.permit("held-rita", "{broadcast,subscribe:held.*,\"publish:\"}");
    Client rita = cluster.keep(Client.connect(cluster.gateway(0).wsUri(), id));

    assertFrame(rita.ask("subscribe", "channel", "held.news")).is("subscribed");
    assertFrame(rita.ask("subscribe", "channel", "other")).isError("forbidden", false);
    assertFrame(publish(rita, "held.news", 1)).isError("forbidden", false);
    assertFrame(rita.ask("history", "channel", "other")).isError("forbidden", false);

    publish(cluster.client(1, "held-alice"), "held.news", 2);
    assertFrame(rita.next()).has("message", 2).has("offset", 1);
  }

  @Test
  void historyShowsWhatSubscribersGot() {
    Client alice = cluster.client(0, "hist-alice");
    Client bob = cluster.client(1, "hist-bob");
    bob.ask("subscribe", "channel", "hist");
    IntStream.rangeClosed(1, 5).forEach(i -> publish(alice, "hist", i));
    List<JsonObject> got = bob.next(5);

    JsonObject page = bob.ask("history", "channel", "hist", "limit", 3);
    assertFrame(page).is("history").has("channel", "hist").has("more", true);
    assertThat(page.getJsonArray("messages")).hasSize(3);
    JsonObject rest = bob.ask("history", "channel", "hist", "since", 3);
    assertFrame(rest).has("more", false);
    List<JsonObject> told = new ArrayList<>();
    page.getJsonArray("messages").forEach(frame -> told.add((JsonObject) frame));
    rest.getJsonArray("messages").forEach(frame -> told.add((JsonObject) frame));
    assertThat(told).isEqualTo(got);
  }

  @Test
  void theEndOfASessionEndsItsSubscriptions() {
    ServerApi api = cluster.gateway(0).api();
    String id = api.login("end-bob");
    Client bob = cluster.keep(Client.connect(cluster.gateway(0).wsUri(), id));
    Client alice = cluster.client(1, "end-alice");
    assertFrame(bob.ask("subscribe", "channel", "end")).is("subscribed");
    assertThat(api.delete(id).status()).isEqualTo(204);
    assertThat(bob.closeCode()).isEqualTo(4001);
    assertFrame(publish(alice, "end", 1)).is("ack").has("offset", 1);
    Client again = cluster.client(0, "end-bob");
    assertFrame(publish(alice, "end", 2)).is("ack").has("offset", 2);
    again.expectNothing();
  }

  /** The connection's frames in the order in which they came: messages, and then the answer. */
  private static void readUpTo(Client client, String type) {
    JsonObject frame = client.probe().next(Client.ANSWER);
    while (!type.equals(frame.getString("type"))) {
      assertFrame(frame).is("message");
      frame = client.probe().next(Client.ANSWER);
    }
  }

  private static JsonObject publish(Client client, String channel, Object message) {
    return client.ask("publish", "channel", channel, "message", message);
  }

  private static long topics(String pattern) throws Exception {
    String sql = "select count(*) from trunkline.topic where name like ?";
    try (var connection = TestPostgres.connect(cluster.databaseUrl());
        var statement = connection.prepareStatement(sql)) {
      statement.setString(1, pattern);
      try (var rows = statement.executeQuery()) {
        rows.next();
        return rows.getLong(1);
      }
    }
  }

  private static List<Long> offsets(List<JsonObject> frames) {
    return frames.stream().map(frame -> frame.getLong("offset")).toList();
  }

  private static List<Long> range(long first, long last) {
    return LongStream.rangeClosed(first, last).boxed().toList();
  }
}
