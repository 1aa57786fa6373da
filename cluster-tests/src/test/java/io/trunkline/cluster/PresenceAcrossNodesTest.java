package io.trunkline.cluster;

import static io.trunkline.cluster.FrameAssert.assertFrame;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Await;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who is online, asked of any gateway and answered by any session service. */
class PresenceAcrossNodesTest {
  private static final int SHOWN = 100;

  @RegisterExtension static final LocalCluster cluster = LocalCluster.of(2, 2);

  /** Asked this often in a row, every event loop of both services has answered. */
  private static final int EVERY_SERVICE = 8;

  @Test
  void presenceIsExactAndSortedAndCountsUsersNotConnections() {
    Client alice = cluster.client(0, "alice");
    cluster.client(1, "dora");
    cluster.client(1, "bob");
    cluster.client(0, "bob");

    awaitPresence(alice, "alice", "bob", "dora");
  }

  @Test
  void whoHasReadItsSessionFrameIsOnlineForEverybody() {
    Client alice = cluster.client(0, "alice");
    for (int i = 0; i < 20; i++) {
      Client bob = cluster.client(1, "bob-" + i);
      for (Client asking : List.of(bob, alice, bob, alice)) {
        JsonArray users = asking.ask("presence").getJsonArray("users");
        assertThat(users).as("who is online after bob-%s came", i).contains("bob-" + i, "alice");
      }
    }
  }

  @Test
  void userLeavesWithTheLastConnection() {
    Client alice = cluster.client(0, "alice");
    Client first = cluster.client(0, "bob");
    Client second = cluster.client(1, "bob");
    awaitPresence(alice, "alice", "bob");

    first.close();
    awaitPresence(alice, "alice", "bob");
    second.probe().abort();
    awaitPresence(alice, "alice");
  }

  @Test
  void presenceOfThoseAskedForAlone() {
    Client alice = cluster.client(0, "alice");
    cluster.client(1, "bob");
    awaitPresence(alice, "alice", "bob");

    JsonArray asked = new JsonArray().add("zoe").add("bob").add("alice").add("bob");
    assertFrame(alice.ask("presence", "users", asked))
        .is("presence")
        .has("count", 2)
        .has("users", new JsonArray().add("alice").add("bob"));
  }

  @Test
  void listIsCutAtAHundredNamesAndTheCountNever() {
    List<String> names = IntStream.range(0, 130).mapToObj(i -> "user-%03d".formatted(i)).toList();
    List<Client> clients = new ArrayList<>();
    clients.add(cluster.client(0, names.get(0)));
    awaitPresence(clients.get(0), names.get(0)); // users of other tests are shown a while longer
    for (int i = 1; i < names.size(); i++) {
      clients.add(cluster.client(i % 2, names.get(i)));
    }

    for (Client asking : List.of(clients.get(0), clients.get(1))) {
      Await.until(
          () -> asking.ask("presence").getInteger("count") == names.size(),
          "all " + names.size() + " are counted");
      for (int i = 0; i < EVERY_SERVICE; i++) {
        assertFrame(asking.ask("presence"))
            .has("count", names.size())
            .has("users", new JsonArray(names.subList(0, SHOWN)));
      }
    }
  }

  /** Until every session service says so, again and again. */
  private static void awaitPresence(Client asking, String... users) {
    JsonObject[] last = new JsonObject[1];
    try {
      Await.until(
          () -> {
            boolean all = true;
            for (int i = 0; i < EVERY_SERVICE && all; i++) {
              last[0] = asking.ask("presence");
              all = last[0].getJsonArray("users").getList().equals(List.of(users));
            }
            return all;
          },
          "online are " + List.of(users));
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + ", last seen " + last[0], e);
    }
    assertFrame(last[0]).is("presence").has("count", users.length);
  }
}
