package io.trunkline.bench;

import io.vertx.core.Future;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import java.util.concurrent.atomic.LongAdder;

/** A user with a channel to read and a neighbour to write to; it counts what comes. */
final class ScalingClient {
  /**
   * Whom it knows.
   *
   * @param own the channel that it reads
   * @param other the neighbour's
   * @param neighbour whom it writes to
   */
  record Names(String own, String other, String neighbour) {}

  private final WebSocket socket;
  private final Names names;
  private final LongAdder received;
  private final LongAdder answered;
  private long number;

  private ScalingClient(WebSocket socket, Names names, LongAdder received, LongAdder answered) {
    this.socket = socket;
    this.names = names;
    this.received = received;
    this.answered = answered;
    socket.textMessageHandler(this::onFrame);
  }

  static Future<ScalingClient> connect(
      WebSocketClient sockets,
      int port,
      String session,
      Names names,
      LongAdder received,
      LongAdder answered) {
    WebSocketConnectOptions options =
        new WebSocketConnectOptions()
            .setHost("127.0.0.1")
            .setPort(port)
            .setURI("/ws")
            .addHeader("Authorization", "Bearer " + session);
    return sockets
        .connect(options)
        .map(socket -> new ScalingClient(socket, names, received, answered));
  }

  Future<Void> close() {
    return socket.close();
  }

  void subscribe() {
    send("{\"type\":\"subscribe\",\"id\":\"s\",\"channel\":\"" + names.own() + "\"}");
  }

  /** To a channel that nobody else reads. */
  void comeAndGo() {
    String channel = "\"live.visit-" + names.own() + "\"";
    send("{\"type\":\"subscribe\",\"id\":\"s\",\"channel\":" + channel + "}");
    send("{\"type\":\"unsubscribe\",\"id\":\"u\",\"channel\":" + channel + "}");
  }

  /** To the neighbour's channel. */
  void publish() {
    send("{\"type\":\"publish\",\"channel\":\"" + names.other() + "\",\"message\":1}");
  }

  /** To the neighbour. */
  void write() {
    send(
        "{\"type\":\"private_message\",\"id\":\""
            + socket.hashCode()
            + "-"
            + ++number
            + "\",\"receiver\":\""
            + names.neighbour()
            + "\",\"message\":1}");
  }

  private void send(String frame) {
    socket.writeTextMessage(frame);
  }

  private void onFrame(String frame) {
    if (frame.startsWith("{\"type\":\"private_message\"")
        || frame.startsWith("{\"type\":\"message\"")) {
      received.increment();
    } else if (frame.startsWith("{\"type\":\"subscribed\"")
        || frame.startsWith("{\"type\":\"unsubscribed\"")) {
      answered.increment();
    } else if (frame.startsWith("{\"type\":\"error\"")) {
      throw new IllegalStateException(frame);
    }
  }
}
