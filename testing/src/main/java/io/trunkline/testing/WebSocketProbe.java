package io.trunkline.testing;

import io.vertx.core.json.JsonObject;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A WebSocket client for tests, written from RFC 6455 and the protocol page alone; it shares no
 * code with what it tests. A thread of its own reads everything and keeps it; the methods block,
 * with a time-out. A server that breaks the RFC fails the test.
 */
public final class WebSocketProbe implements AutoCloseable {
  /** What a browser reports when the connection ended without a close frame. */
  public static final int DROPPED = 1006;

  private static final String GUID_ANSWER = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="; // RFC 6455, 1.3

  /** Stands behind the last message once the connection has ended. */
  private static final Message END = new Message(true, new byte[0]);

  private final RawSocket socket;
  private final HttpAnswer upgrade;

  private final Queue<Frame> frames = new ConcurrentLinkedQueue<>();
  private final BlockingQueue<Message> messages = new LinkedBlockingQueue<>();
  private final CompletableFuture<Frame> close = new CompletableFuture<>();

  /** The reader waits for it before each frame; {@link #pause} puts one there that is not done. */
  private volatile CompletableFuture<Void> gate = CompletableFuture.completedFuture(null);

  /** Whether this side has sent a close frame, of which there may be one only. */
  private final AtomicBoolean closing = new AtomicBoolean();

  /** Whether pings are answered; set by the test, read by the reader. */
  private volatile boolean pongs = true;

  /** A whole message, put together from its fragments. */
  @SuppressWarnings("ArrayRecordComponent") // bytes on the wire
  public record Message(boolean isText, byte[] payload) {
    public String text() {
      return Frame.utf8(payload);
    }

    public JsonObject json() {
      return new JsonObject(text());
    }

    @Override
    public String toString() {
      return isText ? text() : "binary, " + payload.length + " bytes";
    }
  }

  private WebSocketProbe(RawSocket socket, HttpAnswer upgrade) {
    this.socket = socket;
    this.upgrade = upgrade;
    Thread reader = new Thread(this::read, "websocket-probe");
    reader.setDaemon(true);
    reader.start();
  }

  /** Connects to {@code ws://host:port/path}. */
  public static WebSocketProbe connect(String uri) {
    return connect(uri, Map.of(), List.of());
  }

  /** Connects; a refused upgrade fails the test and says how it was refused. */
  public static WebSocketProbe connect(
      String uri, Map<String, String> headers, List<String> subprotocols) {
    return connect(uri, headers, subprotocols, 0);
  }

  /** As above, with a small receive buffer, for a reader that is to be slow; 0: as it comes. */
  public static WebSocketProbe connect(
      String uri, Map<String, String> headers, List<String> subprotocols, int receiveBufferBytes) {
    URI target = URI.create(uri);
    RawSocket socket = RawSocket.open(target.getHost(), target.getPort(), receiveBufferBytes);
    HttpAnswer upgrade = socket.handshake(pathOf(target), with(headers, subprotocols));
    if (upgrade.status() != 101) {
      socket.close();
      throw new AssertionError("upgrade refused: " + upgrade.status() + " " + upgrade.body());
    }
    if (!GUID_ANSWER.equals(upgrade.header("sec-websocket-accept"))) {
      throw new AssertionError("wrong Sec-WebSocket-Accept: " + upgrade.headers());
    }
    return new WebSocketProbe(socket.patience(0), upgrade);
  }

  /** Tries to connect where an upgrade must be refused; the refusal. */
  public static HttpAnswer refused(
      String uri, Map<String, String> headers, List<String> subprotocols) {
    URI target = URI.create(uri);
    try (RawSocket socket = RawSocket.open(target.getHost(), target.getPort())) {
      HttpAnswer answer = socket.handshake(pathOf(target), with(headers, subprotocols));
      if (answer.status() == 101) {
        throw new AssertionError("upgrade of " + uri + " was not refused");
      }
      return answer;
    }
  }

  private static String pathOf(URI uri) {
    String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    return uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery();
  }

  private static Map<String, String> with(Map<String, String> headers, List<String> subprotocols) {
    headers.values().forEach(Confidential::keepFromHeader);
    subprotocols.forEach(Confidential::keepFromHeader);
    Map<String, String> all = new HashMap<>(headers);
    if (!subprotocols.isEmpty()) {
      all.put("Sec-WebSocket-Protocol", String.join(", ", subprotocols));
    }
    return all;
  }

  /** The subprotocol that the server chose, or null. */
  public String subprotocol() {
    return upgrade.header("sec-websocket-protocol");
  }

  public HttpAnswer upgrade() {
    return upgrade;
  }

  public void send(String text) {
    Frame frame = Frame.text(text);
    Confidential.keepFrom(frame);
    socket.send(frame);
  }

  public void send(JsonObject json) {
    send(json.encode());
  }

  public void sendBinary(byte[] payload) {
    socket.send(Frame.binary(payload));
  }

  /** Any frame, also one that breaks the rules. */
  public void send(Frame frame) {
    socket.send(frame);
  }

  /** Sends the {@code session} frame; the answer. */
  public JsonObject session(String id) {
    send(new JsonObject().put("type", "session").put("session_id", id));
    return find("session");
  }

  /** The next text message, as JSON. */
  public JsonObject next(Duration timeout) {
    return nextMessage(timeout).json();
  }

  public JsonObject next() {
    return next(Await.PATIENCE);
  }

  /** The next message, text or binary. */
  public Message nextMessage(Duration timeout) {
    Message message = poll(timeout);
    if (message == null) {
      throw new AssertionError("no message within " + timeout + ended());
    }
    return message;
  }

  public Message nextMessage() {
    return nextMessage(Await.PATIENCE);
  }

  /** The next message, which must be of {@code type}. */
  public JsonObject expect(String type) {
    JsonObject message = next();
    if (!type.equals(message.getValue("type"))) {
      throw new AssertionError("expected " + type + ", came " + message.encode());
    }
    return message;
  }

  /** The next message of {@code type}; others before it are passed over. */
  public JsonObject find(String type) {
    long deadline = System.nanoTime() + Await.PATIENCE.toNanos();
    while (true) {
      Message message = poll(Duration.ofNanos(deadline - System.nanoTime()));
      if (message == null) {
        throw new AssertionError("no " + type + " within " + Await.PATIENCE + ended());
      }
      if (message.isText() && message.text().startsWith("{")) {
        JsonObject json = message.json();
        if (type.equals(json.getValue("type"))) {
          return json;
        }
      }
    }
  }

  /** Fails when anything came that the test has not taken: a round trip, no waiting. */
  public void expectNothing() {
    send("ping");
    Message message = nextMessage();
    if (!message.isText() || !"pong".equals(message.text())) {
      throw new AssertionError("expected nothing, came " + message);
    }
  }

  /** Null when none came in time, and at once when the connection has ended. */
  @SuppressWarnings("ReferenceEquality") // END is the one instance
  private Message poll(Duration timeout) {
    try {
      Message message = messages.poll(timeout.toMillis(), TimeUnit.MILLISECONDS);
      if (message == END) {
        messages.add(END);
        return null;
      }
      return message;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** How many messages came that the test has not taken yet. */
  public int waiting() {
    return messages.size() - (messages.contains(END) ? 1 : 0);
  }

  /** Every frame so far, control frames too. */
  public List<Frame> frames() {
    return List.copyOf(frames);
  }

  /** Pings so far. */
  public long pings() {
    return frames.stream().filter(frame -> frame.opcode() == Frame.PING).count();
  }

  public void answerPings(boolean answer) {
    pongs = answer;
  }

  /** Stops reading, as a client that hangs: at most one more frame is read. */
  public void pause() {
    gate = new CompletableFuture<>();
  }

  public void resume() {
    gate.complete(null);
  }

  /** Waits for the end of the connection; its code, {@link #DROPPED} without a close frame. */
  public int closeCode() {
    return closeCode(Await.PATIENCE);
  }

  public int closeCode(Duration timeout) {
    Frame frame = closeFrame(timeout);
    return frame == null ? DROPPED : frame.closeCode();
  }

  public String closeReason() {
    Frame frame = closeFrame(Await.PATIENCE);
    return frame == null ? "" : frame.closeReason();
  }

  public boolean isOpen() {
    return !close.isDone();
  }

  private Frame closeFrame(Duration timeout) {
    try {
      return close.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError("still open after " + timeout, e);
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause().getMessage(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private String ended() {
    if (!close.isDone()) {
      return "";
    }
    return ", closed with " + closeCode() + " " + closeReason();
  }

  /** Begins the closing handshake; {@link #closeCode} then tells what the server answered. */
  public void close(int code, String reason) {
    closing.set(true);
    socket.send(Frame.close(code, reason));
  }

  /** Ends the connection as a crash does. */
  public void abort() {
    socket.abort();
  }

  /** Ends the connection in the friendly way, without waiting. */
  @Override
  public void close() {
    try {
      if (isOpen()) {
        close(1000, "");
      }
    } catch (UncheckedIOException e) {
      // It has ended already, which is what was wanted.
    } finally {
      socket.close();
    }
  }

  /** The reader's thread, from the upgrade to the end of the connection. */
  private void read() {
    Frame last = null;
    try {
      Fragments fragments = new Fragments();
      for (Frame frame = readFrame(); frame != null; frame = readFrame()) {
        frames.add(frame);
        if (frame.opcode() == Frame.CLOSE) {
          last = frame;
          answerClose(frame);
        } else {
          take(fragments, frame);
        }
      }
      close.complete(last);
    } catch (RuntimeException | AssertionError e) {
      close.completeExceptionally(e);
    } finally {
      messages.add(END);
    }
  }

  private Frame readFrame() {
    gate.join();
    return socket.readFrame();
  }

  private void take(Fragments fragments, Frame frame) {
    if (frame.rsv() != 0) {
      throw new AssertionError("reserved bits set without an extension: " + frame.rsv());
    }
    if (frame.opcode() == Frame.PING && pongs) {
      answer(new Frame(true, 0, Frame.PONG, frame.payload()));
    } else if (frame.opcode() <= Frame.BINARY) {
      Message message = fragments.add(frame);
      if (message != null) {
        messages.add(message);
      }
    }
  }

  private void answerClose(Frame frame) {
    if (closing.compareAndSet(false, true)) {
      answer(new Frame(true, 0, Frame.CLOSE, frame.payload()));
    }
  }

  private void answer(Frame frame) {
    try {
      socket.send(frame);
    } catch (UncheckedIOException e) {
      // The server did not wait for it; the next read says how the connection ended.
    }
  }
}
