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
 * A user who writes to others and to channels, one message after another, and reads its inbox and
 * the channels that it is subscribed to; hops between gateways, and sends again under the same id
 * what was not acked. Written from the protocol page. Everything happens on its own context.
 */
final class ChaosClient implements ChaosUser {
  /** After the gateway's own patience with a request; then the connection is worth nothing. */
  private static final long ACK_MILLIS = 6000;

  private static final long CONNECT_MILLIS = 2000;
  private static final int LONGEST_STAY_MILLIS = 6000;
  private static final int LONGEST_PAUSE_MILLIS = 40;

  /** Each costs as many deliveries as the channel has readers. */
  private static final int ONE_IN_SO_MANY_TO_A_CHANNEL = 5;

  private static final String SUBSCRIBING = "subscribing-";

  private final Vertx vertx;
  private final Context context;
  private final WebSocketClient sockets;
  private final ChaosJournal journal;
  private final Random random;
  private final String user;
  private final String sessionId;
  private final ChaosReader reader;
  private final List<String> users;
  private final List<String> channels;
  private final List<SocketAddress> gateways;

  /** Null while not connected. */
  private WebSocket socket;

  /** Counts connections, so that what belongs to an earlier one is known. */
  private int connection;

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
      ChaosReader reader,
      String user,
      String sessionId,
      List<String> users,
      List<String> channels,
      List<SocketAddress> gateways) {
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    this.sockets = vertx.createWebSocketClient();
    this.journal = journal;
    this.random = new Random(seed);
    this.reader = reader;
    this.user = user;
    this.sessionId = sessionId;
    this.users = users;
    this.channels = channels;
    this.gateways = gateways;
  }

  @Override
  public void start() {
    context.runOnContext(ignored -> connect());
  }

  /** Sends one message without an id: nobody acks it, nobody sends it again. */
  @Override
  public void whisper(String topic) {
    context.runOnContext(
        ignored -> {
          if (socket != null) {
            socket.writeTextMessage(frame(topic, -1).encode());
          }
        });
  }

  @Override
  public ChaosReader reader() {
    return reader;
  }

  @Override
  public String user() {
    return user;
  }

  /** No new messages; what is outstanding is still sent until it is acked. */
  @Override
  public void finishSending() {
    sending = false;
  }

  /** Stays where it is from now on. */
  @Override
  public void settle() {
    hopping = false;
  }

  /** Whether everything that it sent has been acked. */
  @Override
  public boolean isIdle() {
    return idle;
  }

  @Override
  public void stop() {
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
            .setURI("/ws?since=" + reader.lastSeen(ChaosReader.inbox(user)))
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
      case "private_message", "message" -> reader.read(frame);
      case "subscribed" -> onSubscribed(frame);
      case "ack" -> onAck(frame);
      case "error" -> onError(mine, frame);
      default -> journal.violation(user + " got " + frame);
    }
  }

  private void onSession(JsonObject frame) {
    if (!"valid".equals(frame.getString("status")) || !frame.getBoolean("recovered")) {
      journal.violation(user + " got " + frame);
    }
    reader.channels().forEach(this::subscribe);
    send();
  }

  private void subscribe(String channel) {
    if (socket != null) {
      socket.writeTextMessage(
          new JsonObject()
              .put("type", "subscribe")
              .put("id", SUBSCRIBING + channel)
              .put("channel", channel)
              .put("since", reader.lastSeen(ChaosReader.channel(channel)))
              .encode());
    }
  }

  private void onSubscribed(JsonObject frame) {
    if (!frame.getBoolean("recovered")) {
      journal.violation(user + " got " + frame);
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
    String id = frame.getString("id");
    if (id == null) {
      return;
    }
    Runnable again =
        id.startsWith(SUBSCRIBING)
            ? () -> subscribe(id.substring(SUBSCRIBING.length()))
            : this::send;
    later(50 + random.nextInt(100), mine, again);
  }

  private void send() {
    if (outstanding == null && sending) {
      outstanding = journal.sending(user, ++number, someTopic());
    }
    idle = outstanding == null;
    if (outstanding == null || socket == null) {
      return;
    }
    ChaosJournal.Sent message = outstanding;
    int mine = connection;
    socket.writeTextMessage(frame(message.topic, message.number).put("id", message.key()).encode());
    later(ACK_MILLIS, mine, () -> giveUp(mine, message));
  }

  private String someTopic() {
    return random.nextInt(ONE_IN_SO_MANY_TO_A_CHANNEL) == 0
        ? ChaosReader.channel(channels.get(random.nextInt(channels.size())))
        : ChaosReader.inbox(users.get(random.nextInt(users.size())));
  }

  private static JsonObject frame(String topic, int number) {
    String name = topic.substring(topic.indexOf(':') + 1);
    JsonObject frame =
        topic.startsWith(ChaosReader.channel(""))
            ? new JsonObject().put("type", "publish").put("channel", name)
            : new JsonObject().put("type", "private_message").put("receiver", name);
    return frame.put("message", new JsonObject().put("number", number));
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
