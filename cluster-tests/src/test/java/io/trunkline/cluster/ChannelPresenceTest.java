package io.trunkline.cluster;

import static io.trunkline.cluster.FrameAssert.assertFrame;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.cluster.LocalCluster.LocalService;
import io.trunkline.testing.Await;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who is in a channel, and who hears of it, on two gateways and by two session services. */
class ChannelPresenceTest {
  private static final int SHOWN = 100;

  /** Asked this often in a row, every event loop of both services has answered. */
  private static final int EVERY_SERVICE = 8;

  /** Gathering, the time that a leave is held back, and a busy machine. */
  private static final Duration TOLD_WITHIN = Duration.ofSeconds(6);

  @RegisterExtension static final LocalCluster cluster = LocalCluster.of(2, 2);

  @Test
  void channelHasItsSubscribersWhereverTheyAreAndEachUserOnce() {
    Client alice = in("room", 0, "alice");
    in("room", 1, "carol");
    in("room", 1, "bob");
    in("room", 0, "bob");
    in("other", 1, "dora");
    awaitIn(alice, "room", "alice", "bob", "carol");
    awaitIn(alice, "other", "dora");
    awaitIn(alice, "empty");

    JsonArray asked = new JsonArray().add("dora").add("carol").add("alice").add("carol");
    assertFrame(alice.ask("presence", "channel", "room", "users", asked))
        .has("count", 2)
        .has("users", new JsonArray().add("alice").add("carol"));
    assertFrame(cluster.gateway(1).api().get("presence?channel=room").json())
        .has("count", 3)
        .has("users", new JsonArray().add("alice").add("bob").add("carol"));
  }

  @Test
  void whoHasReadSubscribedIsInTheChannelForEverybody() {
    Client alice = cluster.client(0, "r-alice");
    for (int i = 0; i < 20; i++) {
      Client bob = in("read", 1, "r-bob-" + i);
      for (Client asking : List.of(bob, alice, bob, alice)) {
        assertThat(asking.ask("presence", "channel", "read").getJsonArray("users"))
            .as("who is there after r-bob-%s came", i)
            .contains("r-bob-" + i);
      }
    }
  }

  @Test
  void whoUnsubscribesOrGoesLeavesWithTheLastConnection() {
    Client alice = in("leave", 0, "l-alice");
    Client first = in("leave", 0, "l-bob");
    Client second = in("leave", 1, "l-bob");
    awaitIn(alice, "leave", "l-alice", "l-bob");

    first.close();
    second.ask("unsubscribe", "channel", "leave");
    awaitIn(alice, "leave", "l-alice");
    alice.ask("unsubscribe", "channel", "leave");
    awaitIn(alice, "leave");
  }

  @Test
  void changesAreToldToThoseWhoAskedAndAUserWithTwoConnectionsComesAndGoesOnce() {
    Client watcher = watching("watch", 0, "w-alice");
    Client plain = in("watch", 1, "w-plain");
    assertThat(awaitJoined(watcher, "w-plain")).containsExactly("w-plain");

    Client first = in("watch", 0, "w-carol");
    Client second = in("watch", 1, "w-carol");
    assertThat(awaitJoined(watcher, "w-carol")).containsExactly("w-carol");
    first.close();
    Client dora = in("watch", 1, "w-dora");
    assertThat(awaitJoined(watcher, "w-dora")).containsExactly("w-dora");
    second.probe().abort();
    dora.close();
    assertThat(awaitLeft(watcher, "w-carol", "w-dora")).containsExactly("w-carol", "w-dora");
    in("watch", 0, "w-last");
    assertThat(awaitJoined(watcher, "w-last")).as("nothing was told twice").hasSize(1);
    plain.expectNothing();
  }

  @Test
  void whoUnsubscribesHearsOfNobodyAnyMore() {
    Client watcher = watching("unwatch", 0, "u-alice");
    Client witness = watching("unwatch", 1, "u-bob");
    awaitJoined(watcher, "u-bob");
    watcher.ask("unsubscribe", "channel", "unwatch");
    in("unwatch", 1, "u-carol");
    awaitJoined(witness, "u-carol");
    watcher.expectNothing();
  }

  @Test
  void whoReconnectsElsewhereDoesNotBlink() {
    Client watcher = watching("blink", 0, "b-alice");
    Client bob = in("blink", 0, "b-bob");
    awaitJoined(watcher, "b-bob");
    Client asking = cluster.client(1, "b-asking");
    awaitIn(asking, "blink", "b-alice", "b-bob");

    bob.probe().abort();
    assertAlwaysIn(asking, "blink", "b-bob", 1000);
    in("blink", 1, "b-bob");
    assertAlwaysIn(asking, "blink", "b-bob", 3000);
    in("blink", 0, "b-late");
    JsonObject next = watcher.next();
    assertFrame(next).has("joined", new JsonArray().add("b-late")).has("left", new JsonArray());
  }

  @Test
  void countIsExactAndListsAreCutAtAHundredNames() {
    Client watcher = watching("crowd", 0, "c-watcher");
    List<String> names = IntStream.range(0, 130).mapToObj(i -> "crowd-%03d".formatted(i)).toList();
    long began = System.nanoTime();
    for (int i = 0; i < names.size(); i++) {
      in("crowd", i % 2, names.get(i));
    }
    List<JsonObject> frames = new ArrayList<>();
    Set<String> told = new TreeSet<>();
    while (told.size() < names.size()) {
      JsonObject frame = watcher.next();
      frames.add(frame);
      frame.getJsonArray("joined").forEach(name -> told.add((String) name));
      assertThat(frame.getJsonArray("left")).isEmpty();
      assertThat(frame.getJsonArray("joined").size()).isLessThanOrEqualTo(SHOWN);
      if (frame.containsKey("more")) {
        told.addAll(names);
      }
    }
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
    assertThat(frames.size())
        .as("frames in %s ms", millis)
        .isLessThanOrEqualTo((int) (millis / 400) + 1);

    List<String> shown = new ArrayList<>(names.subList(0, SHOWN - 1));
    shown.add(0, "c-watcher");
    for (int i = 0; i < EVERY_SERVICE; i++) {
      assertFrame(watcher.ask("presence", "channel", "crowd"))
          .has("count", names.size() + 1)
          .has("users", new JsonArray(shown));
    }
  }

  @Test
  void changesAreToldWhicheverSessionServiceComesOrGoes() {
    List<String> rooms = IntStream.range(0, 8).mapToObj(i -> "turn-" + i).toList();
    Client watcher = cluster.client(0, "t-watcher");
    rooms.forEach(room -> watcher.ask("subscribe", "channel", room, "presence", true));

    LocalService added = cluster.addService();
    comeTo(rooms, watcher, "t-bob");
    cluster.remove(added);
    comeTo(rooms, watcher, "t-carol");
  }

  private static void comeTo(List<String> rooms, Client watcher, String user) {
    Client client = cluster.client(1, user);
    rooms.forEach(room -> client.ask("subscribe", "channel", room));
    Set<String> missing = new TreeSet<>(rooms);
    long deadline = System.nanoTime() + TOLD_WITHIN.toNanos();
    while (!missing.isEmpty()) {
      JsonObject frame = nextBefore(watcher, deadline, missing + " to tell of " + user);
      if (frame.getJsonArray("joined").contains(user)) {
        missing.remove(frame.getString("channel"));
      }
    }
  }

  private static Client in(String channel, int gateway, String user) {
    Client client = cluster.client(gateway, user);
    assertFrame(client.ask("subscribe", "channel", channel)).is("subscribed");
    return client;
  }

  private static Client watching(String channel, int gateway, String user) {
    Client client = cluster.client(gateway, user);
    assertFrame(client.ask("subscribe", "channel", channel, "presence", true)).is("subscribed");
    return client;
  }

  /** All names that were told of until these were among them, in the order told. */
  private static List<String> awaitJoined(Client watcher, String... users) {
    return awaitTold(watcher, "joined", users);
  }

  private static List<String> awaitLeft(Client watcher, String... users) {
    List<String> left = awaitTold(watcher, "left", users);
    left.sort(null);
    return left;
  }

  private static List<String> awaitTold(Client watcher, String field, String... users) {
    List<String> told = new ArrayList<>();
    long deadline = System.nanoTime() + TOLD_WITHIN.toNanos();
    while (!told.containsAll(List.of(users))) {
      JsonObject frame = nextBefore(watcher, deadline, field + " " + List.of(users));
      assertFrame(frame).is("presence_change");
      frame.getJsonArray("joined").forEach(name -> told.add((String) name));
      frame.getJsonArray("left").forEach(name -> told.add((String) name));
      assertThat(frame.getJsonArray(field)).as("%s", frame).isNotEmpty();
    }
    return told;
  }

  private static JsonObject nextBefore(Client watcher, long deadline, String what) {
    JsonObject frame = watcher.nextOrNull(Duration.ofNanos(deadline - System.nanoTime()));
    assertThat(frame).as("%s", what).isNotNull();
    return frame;
  }

  private static void assertAlwaysIn(Client asking, String channel, String user, long millis) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    while (System.nanoTime() < end) {
      assertThat(asking.ask("presence", "channel", channel).getJsonArray("users"))
          .as("in %s", channel)
          .contains(user);
    }
  }

  /** Until every session service says so, again and again. */
  private static void awaitIn(Client asking, String channel, String... users) {
    Await.until(
        () ->
            IntStream.range(0, EVERY_SERVICE)
                .allMatch(
                    i ->
                        asking
                            .ask("presence", "channel", channel)
                            .getJsonArray("users")
                            .getList()
                            .equals(List.of(users))),
        "in " + channel + " are " + List.of(users));
  }
}
