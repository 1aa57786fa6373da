package io.trunkline.cluster;

import static io.trunkline.cluster.FrameAssert.assertFrame;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Await;
import io.trunkline.testing.DedicatedPostgres;
import io.trunkline.testing.Frame;
import io.vertx.core.json.JsonObject;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A database that crashes, or hangs, and comes back. */
class PostgresAwayTest {
  /** The protocol's promise. */
  private static final long UNAVAILABLE_WITHIN_MILLIS = 5000;

  /** After the database is back; nobody restarts anything. */
  private static final Duration HEALED_WITHIN = Duration.ofSeconds(10);

  /** 40 connections that may leave 256 KiB each, the copies on their way, the test's own frames. */
  private static final long MOST_MIB = 64;

  private static final DedicatedPostgres postgres = DedicatedPostgres.start();

  @RegisterExtension static final LocalCluster cluster = LocalCluster.of(2, 2, postgres::url);

  @AfterAll
  static void stopPostgres() {
    postgres.close();
  }

  @Test
  void whatWasAckedIsThereAfterACrashAndTheRestIsUnavailableAndMayBeSentAgain() {
    Client alice = cluster.client(0, "crash-alice");
    String bob = cluster.gateway(1).api().login("crash-bob");
    for (int i = 1; i <= 20; i++) {
      assertFrame(alice.write("crash-bob", i)).is("ack").has("offset", i);
    }
    postgres.stopImmediately();
    JsonObject request =
        Client.frame("private_message", "id", "again", "receiver", "crash-bob", "message", 21);
    assertUnavailable(alice, request);
    assertFrame(alice.ask("echo", "content", "needs no database")).is("echo");
    assertFrame(alice.ask("presence")).is("presence");
    assertThat(cluster.gateway(0).api().find(bob).status()).isEqualTo(503);

    postgres.startAgain();
    awaitAck(alice, request);

    Client reader = cluster.keep(Client.connect(cluster.gateway(1).wsUri(), bob));
    for (int i = 1; i <= 21; i++) {
      assertFrame(reader.next()).has("offset", i).has("message", i);
    }
    assertFrame(alice.write("crash-bob", "live")).is("ack").has("offset", 22);
    assertFrame(reader.next()).has("offset", 22);
  }

  @Test
  void databaseThatHangsIsUnavailableAndHealsWhenItGoesOn() {
    Client alice = cluster.client(1, "hang-alice");
    Client bob = cluster.client(0, "hang-bob");
    assertFrame(alice.write("hang-bob", "before")).is("ack").has("offset", 1);
    assertFrame(bob.next()).has("message", "before");

    postgres.pause();
    JsonObject request =
        Client.frame("private_message", "id", "hung", "receiver", "hang-bob", "message", "during");
    try {
      assertUnavailable(alice, request);
      assertFrame(bob.ask("echo", "content", "needs no database")).is("echo");
    } finally {
      postgres.resume();
    }

    // What the database had taken before it hung may have been stored: a repeat tells, once.
    assertFrame(awaitAck(alice, request)).has("offset", 2);
    assertFrame(bob.next()).has("message", "during").has("offset", 2);
    bob.expectNothing();
  }

  @Test
  void deletesAreHeardOfAgainAfterACrash() {
    ServerApi api = cluster.gateway(0).api();
    String id = api.login("deleted");
    Client here = cluster.keep(Client.connect(cluster.gateway(0).wsUri(), id));
    Client there = cluster.keep(Client.connect(cluster.gateway(1).wsUri(), id));

    postgres.stopImmediately();
    postgres.startAgain();
    Await.until(() -> api.delete(id).status() == 204, HEALED_WITHIN, "the session is deleted");

    assertThat(here.closeCode()).isEqualTo(4001);
    assertThat(there.closeCode()).isEqualTo(4001);
  }

  @Test
  void requestsThatWaitBehindOthersAreAnsweredInTimeToo() {
    List<Client> clients = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      clients.add(cluster.client(i % 2, "many-" + i));
    }
    postgres.stopImmediately();
    try {
      long began = System.nanoTime();
      for (int round = 0; round < 20; round++) {
        for (Client client : clients) {
          client.send(message("r" + round, "many-1", "hi"));
        }
      }
      for (Client client : clients) {
        for (int round = 0; round < 20; round++) {
          assertFrame(client.answerTo("r" + round)).isError("unavailable", true);
        }
      }
      assertThat(millisSince(began))
          .as("millis until the last of 1000 requests was answered")
          .isLessThan(UNAVAILABLE_WITHIN_MILLIS);
    } finally {
      postgres.startAgain();
    }
    awaitAck(clients.get(0), message("healed", "many-1", "hi"));
    awaitAck(clients.get(1), message("healed", "many-2", "hi"));
  }

  @Test
  void floodDoesNotPileUpInMemory() {
    List<Client> clients = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      clients.add(cluster.client(i % 2, "flood-" + i));
    }
    Frame flood = Frame.text(message("f", "flood-1", "x".repeat(60_000)).encode());
    long before = usedHeap();
    postgres.stopImmediately();
    try {
      clients.forEach(client -> sendOverAndOver(client, flood));
      clients.forEach(client -> assertFrame(client.answerTo("f")).isError("unavailable", true));
      clients.forEach(client -> assertFrame(client.answerTo("f")).isError("unavailable", true));

      assertThat((usedHeap() - before) >> 20)
          .as("MiB more on the heap while %s clients send what they can", clients.size())
          .isLessThan(MOST_MIB);
    } finally {
      // A close frame would wait behind what the senders have not got rid of.
      clients.forEach(client -> client.probe().abort());
      postgres.startAgain();
    }
    awaitAck(cluster.client(0, "flood-0"), message("healed", "flood-1", "hi"));
  }

  /** On a thread of its own, as it blocks when nobody reads; ends with the connection. */
  private static void sendOverAndOver(Client client, Frame frame) {
    Thread sender =
        new Thread(
            () -> {
              try {
                for (int i = 0; i < 200; i++) {
                  client.probe().send(frame);
                }
              } catch (UncheckedIOException closed) {
                // The test has seen enough.
              }
            },
            "flood");
    sender.setDaemon(true);
    sender.start();
  }

  private static JsonObject message(String id, String receiver, String text) {
    return Client.frame("private_message", "id", id, "receiver", receiver, "message", text);
  }

  private static void assertUnavailable(Client client, JsonObject request) {
    long began = System.nanoTime();
    JsonObject answer = client.ask(request);
    assertFrame(answer).isError("unavailable", true);
    assertThat(millisSince(began))
        .as("millis until %s", answer)
        .isLessThan(UNAVAILABLE_WITHIN_MILLIS);
  }

  /** Sends it again and again, as the protocol says, until it is taken. */
  private static JsonObject awaitAck(Client client, JsonObject request) {
    JsonObject[] last = new JsonObject[1];
    Await.until(
        () -> {
          last[0] = client.ask(request);
          return "ack".equals(last[0].getString("type"));
        },
        HEALED_WITHIN,
        "a message is taken again");
    return last[0];
  }

  private static long millisSince(long began) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
  }

  private static long usedHeap() {
    Runtime runtime = Runtime.getRuntime();
    System.gc();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
