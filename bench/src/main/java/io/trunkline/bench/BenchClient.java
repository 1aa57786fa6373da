package io.trunkline.bench;

import io.vertx.core.Future;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * One user who writes to one other. Counts acks and deliveries, and takes their times. One event
 * loop.
 */
final class BenchClient {
  /** What it tells of; times are {@link System#nanoTime} of the message's due time. */
  interface Listener {
    void acked(long due);

    void delivered(long due);

    void failed(String frame);
  }

  private static final String SENT_AT = "\"message\":";

  private final WebSocket socket;
  private final String receiver;
  private final Listener listener;
  private final Deque<Long> unacked = new ArrayDeque<>();
  private long number;

  private BenchClient(WebSocket socket, String receiver, Listener listener) {
    this.socket = socket;
    this.receiver = receiver;
    this.listener = listener;
    socket.textMessageHandler(this::onFrame);
  }

  static Future<BenchClient> connect(
      WebSocketClient sockets, int port, String session, String receiver, Listener listener) {
    WebSocketConnectOptions options =
        new WebSocketConnectOptions()
            .setHost("127.0.0.1")
            .setPort(port)
            .setURI("/ws")
            .addHeader("Authorization", "Bearer " + session);
    return sockets.connect(options).map(socket -> new BenchClient(socket, receiver, listener));
  }

  int unacked() {
    return unacked.size();
  }

  void send(long due) {
    unacked.add(due);
    socket.writeTextMessage(
        "{\"type\":\"private_message\",\"id\":\""
            + ++number
            + "\",\"receiver\":\""
            + receiver
            + "\",\"message\":"
            + due
            + "}");
  }

  private void onFrame(String frame) {
    if (frame.startsWith("{\"type\":\"ack\"")) {
      listener.acked(unacked.remove());
    } else if (frame.startsWith("{\"type\":\"private_message\"")) {
      int from = frame.indexOf(SENT_AT) + SENT_AT.length();
      listener.delivered(Long.parseLong(frame.substring(from, frame.indexOf(',', from))));
    } else if (frame.startsWith("{\"type\":\"error\"")) {
      unacked.poll();
      listener.failed(frame);
    }
  }
}
