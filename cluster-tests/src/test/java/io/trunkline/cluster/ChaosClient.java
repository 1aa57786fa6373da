package io.trunkline.cluster;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.SocketAddress;
import java.util.List;
import java.util.Random;

/**
 * A user who writes to others, one message after another, and reads what comes; hops between
 * gateways, and sends again under the same id what was not acked. Written from the protocol page.
 * Everything happens on its own context.
 */
final class ChaosClient {
  /** After the gateway's own patience with a request; then the connection is worth nothing. */
  private static final long ACK_MILLIS = 6000;

  private static final long CONNECT_MILLIS = 2000;
  private static final int LONGEST_STAY_MILLIS = 6000;
  private static final int LONGEST_PAUSE_MILLIS = 40;

  private final Vertx vertx;
  private final Context context;
  private final WebSocketClient sockets;
  private final ChaosJournal journal;
  private final Random random;
  private final String user;
  private final String sessionId;
  private final List<String> users;
  private final List<SocketAddress> gateways;

  /** Null while not connected. */
  private WebSocket socket;

  /** Counts connections, so that what belongs to an earlier one is known. */
  private int connection;

  /** Written on the context alone. */
  private volatile long lastSeen;

  private int number;

  /** Sent and not acked; null when the next may be sent. */
  private ChaosJournal.Sent outstanding;

  private volatile boolean sending = true;
  private volatile boolean hopping = true;
  private volatile boolean stopped;
  private volatile boolean idle;

  ChaosClient(
      Vertx vertx,
      ChaosJournal journal,
      long seed,
      String user,
      String sessionId,
      List<String> users,
      List<SocketAddress> gateways) {
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    this.sockets = vertx.createWebSocketClient();
    this.journal = journal;
    this.random = new Random(seed);
    this.user = user;
    this.sessionId = sessionId;
    this.users = users;
    this.gateways = gateways;
  }

  void start() {
    context.runOnContext(ignored -> connect());
  }

  /** Sends one message without an id: nobody acks it, nobody sends it again. */
  void whisper(String receiver) {
    context.runOnContext(
        ignored -> {
          if (socket != null) {
            socket.writeTextMessage(frame(receiver, -1).encode());
          }
        });
  }

  /** The offset up to which it has its inbox. */
  long lastSeen() {
    return lastSeen;
  }

  String user() {
    return user;
  }

  /** No new messages; what is outstanding is still sent until it is acked. */
  void finishSending() {
    sending = false;
  }

  /** Stays where it is from now on. */
  void settle() {
    hopping = false;
  }

  /** Whether everything that it sent has been acked. */
  boolean isIdle() {
    return idle;
  }

  void stop() {
    stopped = true;
    context.runOnContext(ignored -> drop());
  }

  private void connect() {
    if (stopped) {
      return;
    }
    int mine = ++connection;
    SocketAddress gateway = gateways.get(random.nextInt(gateways.size()));
    WebSocketConnectOptions options =
        new WebSocketConnectOptions()
            .setHost(gateway.host())
            .setPort(gateway.port())
            .setURI("/ws?since=" + lastSeen)
            .setConnectTimeout(CONNECT_MILLIS)
            .setTimeout(CONNECT_MILLIS)
            .addHeader("Authorization", "Bearer " + sessionId);
    sockets
        .connect(options)
        .onSuccess(opened -> connected(mine, opened))
        .onFailure(e -> later(100 + random.nextInt(200), mine, this::connect));
  }

  private void connected(int mine, WebSocket opened) {
    if (mine != connection || stopped) {
      opened.close();
      return;
    }
    socket = opened;
    opened.textMessageHandler(text -> onFrame(mine, new JsonObject(text)));
    opened.exceptionHandler(e -> {});
    opened.closeHandler(ignored -> lost(mine));
    if (hopping) {
      later(500 + random.nextInt(LONGEST_STAY_MILLIS), mine, () -> hop(mine));
    }
  }

  private void hop(int mine) {
    if (hopping && mine == connection) {
      drop();
      connect();
    }
  }

  private void drop() {
    WebSocket old = socket;
    socket = null;
    connection++;
    if (old != null) {
      old.close();
    }
  }

  private void lost(int mine) {
    if (mine == connection) {
      socket = null;
      connection++;
      later(random.nextInt(200), connection, this::connect);
    }
  }

  private void onFrame(int mine, JsonObject frame) {
    if (mine != connection) {
      return;
    }
    switch (frame.getString("type")) {
      case "session" -> onSession(frame);
      case "private_message" -> onMessage(frame);
      case "ack" -> onAck(frame);
      case "error" -> onError(mine, frame);
      default -> journal.violation(user + " got " + frame);
    }
  }

  private void onSession(JsonObject frame) {
    if (!"valid".equals(frame.getString("status")) || !frame.getBoolean("recovered")) {
      journal.violation(user + " at " + lastSeen + " got " + frame);
    }
    send();
  }

  private void onMessage(JsonObject frame) {
    long offset = frame.getLong("offset");
    if (offset != lastSeen + 1) {
      journal.violation(user + " got offset " + offset + " after " + lastSeen);
    }
    lastSeen = Math.max(lastSeen, offset);
    int sentNumber = frame.getJsonObject("message").getInteger("number");
    if (sentNumber < 0) {
      journal.whispered(user, offset);
    } else {
      journal.seen(user, offset, frame.getString("sender") + "-" + sentNumber);
    }
  }

  private void onAck(JsonObject frame) {
    if (outstanding != null && outstanding.key().equals(frame.getString("id"))) {
      journal.acked(outstanding, frame.getLong("offset"));
      outstanding = null;
      later(random.nextInt(LONGEST_PAUSE_MILLIS), connection, this::send);
    }
  }

  private void onError(int mine, JsonObject frame) {
    if (!"unavailable".equals(frame.getString("code"))) {
      journal.violation(user + " got " + frame);
    }
    if (frame.getString("id") == null) {
      return;
    }
    later(50 + random.nextInt(100), mine, this::send);
  }

  private void send() {
    if (outstanding == null && sending) {
      String receiver = users.get(random.nextInt(users.size()));
      outstanding = journal.sending(user, ++number, receiver);
    }
    idle = outstanding == null;
    if (outstanding == null || socket == null) {
      return;
    }
    ChaosJournal.Sent message = outstanding;
    int mine = connection;
    socket.writeTextMessage(
        frame(message.receiver, message.number).put("id", message.key()).encode());
    later(ACK_MILLIS, mine, () -> giveUp(mine, message));
  }

  private static JsonObject frame(String receiver, int number) {
    return new JsonObject()
        .put("type", "private_message")
        .put("receiver", receiver)
        .put("message", new JsonObject().put("number", number));
  }

  private void giveUp(int mine, ChaosJournal.Sent message) {
    if (mine == connection && outstanding == message) {
      drop();
      connect();
    }
  }

  private void later(long millis, int mine, Runnable task) {
    vertx.setTimer(
        Math.max(1, millis),
        ignored -> {
          if (mine == connection && !stopped) {
            task.run();
          }
        });
  }
}
