package io.trunkline.cluster;

import static io.trunkline.cluster.FrameAssert.assertFrame;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Await;
import io.trunkline.testing.TestPostgres;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the protocol promises under Delivery, to readers who come, go and change gateways. */
class DeliveryAcrossNodesTest {
  @RegisterExtension static final LocalCluster cluster = LocalCluster.of(2, 2);

  @Test
  void offlineReceiverGetsEverythingInOrderOnConnectingAndThenLive() {
    Client alice = cluster.client(0, "off-alice");
    String bob = cluster.gateway(1).api().login("off-bob");
    IntStream.rangeClosed(1, 300).forEach(i -> alice.write("off-bob", i));

    Client reader = connect(1, bob);
    assertFrame(reader.session()).has("offset", 300).has("recovered", true);
    alice.write("off-bob", 301);

    assertThat(offsets(reader.next(301))).containsExactlyElementsOf(range(1, 301));
  }

  @Test
  void replayEndsWhereLiveBeginsWhileOthersWrite() throws Exception {
    String bob = cluster.gateway(1).api().login("busy-bob");
    Client alice = cluster.client(0, "busy-alice");
    ExecutorService writer = Executors.newSingleThreadExecutor();
    try {
      Future<?> writing =
          writer.submit(
              () -> IntStream.rangeClosed(1, 500).forEach(i -> alice.write("busy-bob", i)));
      for (int gateway = 0; gateway < 2 || !writing.isDone(); gateway++) {
        try (Client reader = Client.connect(cluster.gateway(gateway % 2).wsUri(), bob, 0)) {
          long head = reader.session().getLong("offset");
          int read = (int) Math.min(500, head + 5);
          assertThat(offsets(reader.next(read))).containsExactlyElementsOf(range(1, read));
        }
      }
      writing.get();
    } catch (ExecutionException e) {
      throw new AssertionError("the writer failed: " + e.getCause(), e.getCause());
    } finally {
      writer.shutdownNow();
    }
  }

  @Test
  void cursorMovesAsFramesAreWrittenAndTheNextConnectionGoesOnThere() {
    Client alice = cluster.client(0, "cursor-alice");
    String bob = cluster.gateway(1).api().login("cursor-bob");
    Client first = connect(0, bob);
    IntStream.rangeClosed(1, 3).forEach(i -> alice.write("cursor-bob", i));
    first.next(3);
    first.close();

    alice.write("cursor-bob", 4);

    awaitCursor(bob, 3);
    Client second = connect(1, bob);
    assertFrame(second.next()).has("offset", 4);
    second.expectNothing();
  }

  @Test
  void receivedMovesTheCursorAndFromThenOnNothingElseDoes() {
    Client alice = cluster.client(0, "ack-alice");
    String bob = cluster.gateway(1).api().login("ack-bob");
    Client first = connect(0, bob);
    first.send(Client.frame("received", "offset", 0));
    IntStream.rangeClosed(1, 5).forEach(i -> alice.write("ack-bob", i));
    first.next(5);
    first.send(Client.frame("received", "offset", 2));
    assertFrame(first.ask("echo", "content", "behind it")).is("echo");
    first.close();

    awaitCursor(bob, 2);
    Client second = connect(1, bob);
    assertThat(offsets(second.next(3))).containsExactly(3L, 4L, 5L);
    second.expectNothing();
  }

  @Test
  void newSessionStartsAtTheFurthestCursorOfTheUsersOthers() {
    Client alice = cluster.client(0, "new-alice");
    ServerApi api = cluster.gateway(1).api();
    String old = api.login("new-bob");
    Client reader = connect(0, old);
    alice.write("new-bob", 1);
    alice.write("new-bob", 2);
    reader.next(2);
    reader.send(Client.frame("received", "offset", 2));
    assertFrame(reader.ask("echo", "content", "behind it")).is("echo");
    reader.close();
    awaitCursor(old, 2);
    assertThat(api.delete(old).status()).isEqualTo(204);

    alice.write("new-bob", 3);

    Client fresh = cluster.client(1, "new-bob");
    assertFrame(fresh.next()).has("offset", 3);
    fresh.expectNothing();
  }

  @Test
  void sinceOverridesTheCursorInTheHandshakeAndInTheFrame() {
    Client alice = cluster.client(0, "since-alice");
    String bob = cluster.gateway(1).api().login("since-bob");
    IntStream.rangeClosed(1, 5).forEach(i -> alice.write("since-bob", i));

    for (int gateway = 0; gateway < 2; gateway++) {
      Client again = cluster.keep(Client.connect(cluster.gateway(gateway).wsUri(), bob, 3));
      assertFrame(again.session()).has("offset", 5).has("recovered", true);
      assertThat(offsets(again.next(2))).containsExactly(4L, 5L);
      again.expectNothing();
    }
    Client all = cluster.keep(Client.connect(cluster.gateway(0).wsUri(), bob, 0));
    assertThat(offsets(all.next(5))).containsExactlyElementsOf(range(1, 5));
  }

  @Test
  void offsetBeyondTheHeadIsToldAndLiveGoesOn() {
    Client alice = cluster.client(0, "beyond-alice");
    String bob = cluster.gateway(1).api().login("beyond-bob");
    alice.write("beyond-bob", 1);

    Client ahead = cluster.keep(Client.connect(cluster.gateway(1).wsUri(), bob, 9));

    assertFrame(ahead.session()).has("offset", 1).has("recovered", false);
    alice.write("beyond-bob", 2);
    assertFrame(ahead.next()).has("offset", 2);
  }

  @Test
  void sameIdIsStoredOnceAndAckedAsDuplicateThroughAnotherGateway() {
    ServerApi api = cluster.gateway(0).api();
    String alice = api.login("dup-alice");
    Client bob = cluster.client(1, "dup-bob");
    JsonObject request =
        Client.frame("private_message", "receiver", "dup-bob", "message", "once", "id", "same");

    JsonObject first = connect(0, alice).ask(request);
    JsonObject second = connect(1, alice).ask(request);
    JsonObject third = cluster.client(1, "dup-alice").ask(request);

    assertFrame(first).is("ack").has("offset", 1).hasNo("duplicate");
    for (JsonObject repeat : List.of(second, third)) {
      assertFrame(repeat)
          .is("ack")
          .has("offset", 1)
          .has("time", first.getString("time"))
          .has("duplicate", true);
    }
    assertFrame(bob.next()).has("message", "once").has("offset", 1);
    // Another's id of the same name is another.
    JsonObject carols = request.copy().put("message", "carol's");
    assertFrame(cluster.client(0, "dup-carol").ask(carols)).has("offset", 2).hasNo("duplicate");
    assertFrame(bob.next()).has("sender", "dup-carol").has("offset", 2);
    bob.expectNothing();
  }

  @Test
  void sameIdSentThroughBothGatewaysAtOnceIsStoredOnce() {
    String alice = cluster.gateway(0).api().login("race-alice");
    Client here = connect(0, alice);
    Client there = connect(1, alice);
    Client bob = cluster.client(1, "race-bob");

    for (int i = 1; i <= 20; i++) {
      JsonObject request =
          Client.frame("private_message", "receiver", "race-bob", "message", i, "id", "race" + i);
      here.send(request);
      there.send(request);
      JsonObject one = here.answerTo("race" + i);
      JsonObject other = there.answerTo("race" + i);
      assertFrame(one).is("ack").has("offset", i);
      assertFrame(other).is("ack").has("offset", i).has("time", one.getString("time"));
      assertThat(one.containsKey("duplicate") ^ other.containsKey("duplicate"))
          .as("one of %s and %s is the duplicate", one, other)
          .isTrue();
      assertFrame(bob.next()).has("offset", i).has("message", i);
    }
    bob.expectNothing();
  }

  /** A connection with the session {@code id}, which goes on where its cursor is. */
  private static Client connect(int gateway, String id) {
    return cluster.keep(Client.connect(cluster.gateway(gateway).wsUri(), id));
  }

  /** The cursor leaves the gateway a moment after the connection. */
  private static void awaitCursor(String id, long cursor) {
    Await.until(() -> cursor(id) == cursor, "the session's cursor is at " + cursor);
  }

  private static long cursor(String id) throws Exception {
    String sql = "select cursor from trunkline.session where hash = sha256(?::bytea)";
    try (var connection = TestPostgres.connect(cluster.databaseUrl());
        var statement = connection.prepareStatement(sql)) {
      statement.setBytes(1, id.getBytes(StandardCharsets.US_ASCII));
      try (var rows = statement.executeQuery()) {
        return rows.next() ? rows.getLong(1) : -1;
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
