package io.trunkline.cli;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A connection with a session. One frame at a time is read from the network, so a slow pipe slows
 * the server down and nothing piles up here. Used by one thread.
 */
final class LiveSocket implements AutoCloseable {
  /** Frames by default have at most 64 KiB; whoever raises that far gets no further here. */
  private static final int MAX_CHARS = 16 * 1024 * 1024;

  /** What came: a frame, or the end, of which there is one. */
  sealed interface Event {
    record Frame(String text) implements Event {}

    /** {@code code} 1006: without a word. */
    record End(int code, String reason) implements Event {}
  }

  /** The upgrade was answered with something else than 101. */
  static final class Refused extends Exception {
    private static final long serialVersionUID = 1L;
    private final int status;

    Refused(int status, String message) {
      super(message);
      this.status = status;
    }

    int status() {
      return status;
    }
  }

  private final WebSocket socket;
  private final Inbox inbox;

  private LiveSocket(WebSocket socket, Inbox inbox) {
    this.socket = socket;
    this.inbox = inbox;
  }

  /**
   * Connects with {@code session} in the handshake.
   *
   * @param since null: from the session's cursor
   * @throws Refused when there is an answer, and it is no
   * @throws TimeoutException when there is none; also when nobody listens
   */
  static LiveSocket connect(
      HttpClient http, URI gateway, String session, Long since, Duration timeout)
      throws Refused, TimeoutException {
    URI uri = URI.create(gateway + "/ws" + (since == null ? "" : "?since=" + since));
    Inbox inbox = new Inbox();
    try {
      WebSocket socket =
          http.newWebSocketBuilder()
              .connectTimeout(timeout)
              .subprotocols("trunkline.v1")
              .header("Authorization", "Bearer " + session)
              .buildAsync(uri, inbox)
              .get(timeout.toMillis(), TimeUnit.MILLISECONDS);
      return new LiveSocket(socket, inbox);
    } catch (ExecutionException e) {
      throw refusal(gateway, e.getCause());
    } catch (TimeoutException e) {
      throw new TimeoutException("cannot reach " + gateway + ": no answer in time");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Exit.UNAVAILABLE, "interrupted");
    }
  }

  private static Refused refusal(URI gateway, Throwable cause) throws TimeoutException {
    if (cause instanceof WebSocketHandshakeException handshake) {
      HttpResponse<?> answer = handshake.getResponse();
      return new Refused(
          answer.statusCode(), gateway + " answered " + answer.statusCode() + " to the upgrade");
    }
    throw new TimeoutException("cannot reach " + gateway + ": " + Reason.of(cause));
  }

  void send(String frame) {
    try {
      socket.sendText(frame, true).join();
    } catch (CompletionException | IllegalStateException e) {
      // it has ended, and the next event says so
    }
  }

  /** The next event; null when none has come within {@code patience}. */
  Event next(Duration patience) {
    try {
      Event event = inbox.events.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
      if (event != null) {
        socket.request(1);
      }
      return event;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Event.End(1006, "interrupted");
    }
  }

  /** How long nothing has come, pings neither. */
  Duration silence() {
    return Duration.ofNanos(System.nanoTime() - inbox.heardAt);
  }

  @Override
  public void close() {
    socket.abort();
  }

  /** Ends it with a close frame, so that the gateway knows at once that nobody is there. */
  void leave() {
    try {
      socket.sendClose(WebSocket.NORMAL_CLOSURE, "").get(1, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      socket.abort();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Called by the HTTP client, one call after another. */
  private static final class Inbox implements WebSocket.Listener {
    /** One frame that was asked for, and the end, which comes without. */
    private final BlockingQueue<Event> events = new ArrayBlockingQueue<>(4);

    private final StringBuilder text = new StringBuilder();
    private volatile long heardAt = System.nanoTime();

    @Override
    public void onOpen(WebSocket socket) {
      socket.request(1);
    }

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      heardAt = System.nanoTime();
      text.append(data);
      if (text.length() > MAX_CHARS) {
        end(1009, "a frame of more than " + MAX_CHARS + " characters");
        socket.abort();
      } else if (last) {
        events.add(new Event.Frame(text.toString()));
        text.setLength(0);
      } else {
        socket.request(1);
      }
      return null;
    }

    @Override
    public CompletionStage<?> onPing(WebSocket socket, ByteBuffer message) {
      heardAt = System.nanoTime();
      socket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onPong(WebSocket socket, ByteBuffer message) {
      heardAt = System.nanoTime();
      socket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      end(code, reason);
      return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
      end(1006, Reason.of(error));
    }

    private void end(int code, String reason) {
      // A full queue means that its reader has gone.
      if (!events.offer(new Event.End(code, reason))) {
        text.setLength(0);
      }
    }
  }
}
