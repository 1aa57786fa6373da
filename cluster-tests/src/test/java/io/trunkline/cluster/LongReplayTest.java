package io.trunkline.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Await;
import io.trunkline.testing.TestPostgres;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Somebody was away for a week: 100,000 messages wait, more than either process could hold. */
class LongReplayTest {
  private static final int MESSAGES = 100_000;

  /** With it the inbox is 200 MB, and read by three at once; each process has a heap of 256 MB. */
  private static final int TEXT_LENGTH = 2_000;

  private static final int READERS = 3;

  /** Written while the replay runs, and after it. */
  private static final int LIVE = 60;

  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final Vertx vertx = Vertx.vertx();

  /** Held here, as it closes its sockets when nobody holds it. */
  private final WebSocketClient sockets = vertx.createWebSocketClient();

  private final String url = TestPostgres.freshDatabase();
  private final ProcessCluster cluster =
      new ProcessCluster("replay-" + UUID.randomUUID(), 1, 1, url, Map.of());

  @AfterEach
  void close() {
    cluster.close();
    Await.result(vertx.close());
  }

  @Test
  void anInboxLargerThanTheHeapIsReplayedInOrderAndEndsWhereLiveBegins() {
    cluster.start();
    SocketAddress gateway = cluster.gatewayAddress(0);
    ServerApi api = new ServerApi(gateway.host(), gateway.port());
    String session = api.login("sleeper");
    fillInbox();
    List<Reader> readers =
        IntStream.range(0, READERS).mapToObj(i -> new Reader(gateway, session)).toList();
    readers.get(0).rest();
    try (Client writer = Client.connect(cluster.wsUri(0), api.login("writer"))) {
      for (int i = 1; i <= LIVE; i++) {
        FrameAssert.assertFrame(writer.write("sleeper", i)).is("ack").has("offset", MESSAGES + i);
        int reached = i * MESSAGES / LIVE;
        Await.until(() -> readers.get(1).last >= reached, PATIENCE, "a part of the replay");
      }
    }
    for (Reader reader : readers) {
      Await.until(() -> reader.last >= MESSAGES + LIVE, PATIENCE, "all of it is there");
      assertThat(reader.wrong).isEmpty();
    }
    cluster.all().forEach(node -> assertThat(node.isAlive()).as(node.name()).isTrue());
  }

  private void fillInbox() {
    TestPostgres.execute(
        url,
        """
        with inbox as (
          insert into trunkline.topic (name, head) values ('user:sleeper', %1$d)
          on conflict (name) do update set head = %1$d returning id)
        insert into trunkline.message (topic_id, "offset", sender, stored, stored_at)
        select inbox.id, n, 'friend', convert_to(
          '{"type":"private_message","sender":"friend","receiver":"sleeper","message":"'
            || repeat('x', %2$d) || '"', 'UTF8'), now()
        from inbox, generate_series(1, %1$d) n"""
            .formatted(MESSAGES, TEXT_LENGTH));
  }

  /** Reads from the beginning; each message must be the next. */
  private final class Reader {
    private static final long REST_MILLIS = 3_000;

    /** Written on its event loop alone. */
    private volatile long last;

    private final List<String> wrong = new ArrayList<>();
    private final WebSocket socket;

    Reader(SocketAddress gateway, String session) {
      WebSocketConnectOptions options =
          new WebSocketConnectOptions()
              .setHost(gateway.host())
              .setPort(gateway.port())
              .setURI("/ws?since=0")
              .addHeader("Authorization", "Bearer " + session);
      socket =
          Await.result(
              sockets.connect(options).onSuccess(opened -> opened.textMessageHandler(this::read)));
    }

    /** Takes nothing for a while, as somebody in a tunnel: the replay has to wait. */
    void rest() {
      socket.pause();
      vertx.setTimer(REST_MILLIS, timer -> socket.resume());
    }

    private void read(String text) {
      JsonObject frame = new JsonObject(text);
      if (frame.getString("type").equals("private_message")) {
        long offset = frame.getLong("offset");
        if (offset != last + 1) {
          wrong.add("got " + offset + " after " + last);
        }
        last = offset;
      }
    }
  }
}
