package io.trunkline.cluster;

import io.trunkline.testing.Await;
import io.trunkline.testing.WebSocketProbe;
import io.vertx.core.json.JsonObject;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;

/**
 * Somebody with a session on one gateway. Tells answers, which carry the id of their request, from
 * what comes unasked. Used by one thread.
 */
final class Client implements AutoCloseable {
  /** What the protocol promises for any answer, and a little for a busy machine. */
  static final Duration ANSWER = Duration.ofSeconds(6);

  private final WebSocketProbe probe;
  private final JsonObject session;

  /** Came while an answer was waited for. */
  private final Queue<JsonObject> unasked = new ArrayDeque<>();

  private int asked;

  /** The connection has ended. */
  static final class Gone extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Gone(String message, Throwable cause) {
      super(message, cause);
    }
  }

  private Client(WebSocketProbe probe) {
    this.probe = probe;
    this.session = probe.expect("session");
  }

  /** Connects with the session in the handshake. */
  static Client connect(String wsUri, String sessionId) {
    Map<String, String> headers = Map.of("Authorization", "Bearer " + sessionId);
    return new Client(WebSocketProbe.connect(wsUri, headers, List.of()));
  }

  /** As above, and says that it has its inbox up to {@code since}. */
  static Client connect(String wsUri, String sessionId, long since) {
    return connect(wsUri + "?since=" + since, sessionId);
  }

  /** The {@code session} frame with which the connection began. */
  JsonObject session() {
    return session;
  }

  WebSocketProbe probe() {
    return probe;
  }

  /** Sends a request of these fields, name after value, with an id; its answer. */
  JsonObject ask(String type, Object... fields) {
    return ask(frame(type, fields));
  }

  /** Sends {@code request}, under a new id if it has none; its answer, error or not. */
  JsonObject ask(JsonObject request) {
    if (!request.containsKey("id")) {
      request.put("id", "r-" + ++asked);
    }
    send(request);
    return answerTo(request.getString("id"));
  }

  /** Sends a private message; the answer. */
  JsonObject write(String receiver, Object message) {
    return ask("private_message", "receiver", receiver, "message", message);
  }

  void send(JsonObject frame) {
    try {
      probe.send(frame);
    } catch (UncheckedIOException e) {
      throw new Gone("cannot send", e);
    }
  }

  static JsonObject frame(String type, Object... fields) {
    JsonObject frame = new JsonObject().put("type", type);
    for (int i = 0; i < fields.length; i += 2) {
      frame.put((String) fields[i], fields[i + 1]);
    }
    return frame;
  }

  JsonObject answerTo(String id) {
    long deadline = System.nanoTime() + ANSWER.toNanos();
    while (true) {
      JsonObject frame = read(Duration.ofNanos(deadline - System.nanoTime()), "answer to " + id);
      if (id.equals(frame.getValue("id"))) {
        return frame;
      }
      unasked.add(frame);
    }
  }

  /** The next frame that is no answer. */
  JsonObject next() {
    JsonObject first = unasked.poll();
    return first != null ? first : read(Await.PATIENCE, "frame");
  }

  /** As above; null when none comes in time. */
  JsonObject nextOrNull(Duration patience) {
    try {
      JsonObject first = unasked.poll();
      return first != null ? first : read(patience, "frame");
    } catch (AssertionError none) {
      return null;
    }
  }

  /** The next frames that are no answers. */
  List<JsonObject> next(int count) {
    List<JsonObject> frames = new ArrayList<>();
    while (frames.size() < count) {
      frames.add(next());
    }
    return frames;
  }

  /** Fails when anything came that the test has not taken. */
  void expectNothing() {
    if (!unasked.isEmpty()) {
      throw new AssertionError("expected nothing, came " + unasked);
    }
    probe.expectNothing();
  }

  int closeCode() {
    return probe.closeCode();
  }

  private JsonObject read(Duration patience, String what) {
    try {
      return probe.next(patience);
    } catch (AssertionError e) {
      if (!probe.isOpen()) {
        throw new Gone("no " + what + ": " + e.getMessage(), e);
      }
      throw new AssertionError("no " + what + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    probe.close();
  }
}
