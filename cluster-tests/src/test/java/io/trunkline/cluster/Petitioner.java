package io.trunkline.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.trunkline.protocol.JsonFrame;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Writes a private message, and the next one when that is answered; after a refusal it waits a
 * little first. Remembers what became of each. Confined to its event loop, and to be asked when it
 * has ended, except for what says otherwise.
 */
final class Petitioner {
  /** After a refusal; a client that comes at once would be a flood. */
  private static final long PAUSE_MILLIS = 500;

  /**
   * What became of a request.
   *
   * @param refusal what the error says; null for an ack
   * @param sentAt of {@link System#nanoTime}
   */
  record Outcome(String id, String refusal, long sentAt, long answeredAt) {
    boolean isAck() {
      return refusal == null;
    }

    long millis() {
      return TimeUnit.NANOSECONDS.toMillis(answeredAt - sentAt);
    }
  }

  private final Vertx vertx;
  private final Context context;
  private final WebSocket socket;
  private final String name;
  private final String receiver;
  private final List<Outcome> outcomes = new ArrayList<>();
  private String id;
  private long sentAt;
  private volatile long ackedAt;
  private volatile boolean ending;
  private volatile boolean idle;
  private volatile boolean closed;

  private Petitioner(Vertx vertx, WebSocket socket, String name, String receiver) {
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    this.socket = socket;
    this.name = name;
    this.receiver = receiver;
    socket.textMessageHandler(this::onFrame);
    socket.closeHandler(end -> closed = true);
  }

  /** Connects with the session, and does nothing more yet. */
  static Future<Petitioner> connect(
      Vertx vertx,
      WebSocketClient sockets,
      WebSocketConnectOptions where,
      String name,
      String receiver) {
    return sockets.connect(where).map(socket -> new Petitioner(vertx, socket, name, receiver));
  }

  /** Sends the first; any thread. */
  void begin() {
    context.runOnContext(task -> send());
  }

  /** Sends nothing more; any thread. */
  void end() {
    ending = true;
  }

  /** Whether it has ended and has every answer; any thread. */
  boolean isIdle() {
    return idle;
  }

  /** Whether the gateway has ended the connection; any thread. */
  boolean isClosed() {
    return closed;
  }

  /** When the last request was sent that was acked, of {@link System#nanoTime}; any thread. */
  long ackedAt() {
    return ackedAt;
  }

  List<Outcome> outcomes() {
    return outcomes;
  }

  private void send() {
    if (ending) {
      idle = true;
      return;
    }
    id = name + "-" + outcomes.size();
    sentAt = System.nanoTime();
    socket.writeTextMessage(
        Client.frame("private_message", "id", id, "receiver", receiver, "message", 1).encode());
  }

  private void onFrame(String text) {
    JsonFrame frame = JsonFrame.parse(text.getBytes(UTF_8));
    if (id == null || !id.equals(frame.id())) {
      return;
    }
    boolean acked = "ack".equals(frame.string("type"));
    outcomes.add(
        new Outcome(id, acked ? null : frame.string("message"), sentAt, System.nanoTime()));
    if (acked) {
      ackedAt = sentAt;
      send();
    } else {
      vertx.setTimer(PAUSE_MILLIS, timer -> send());
    }
  }
}
