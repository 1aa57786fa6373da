package io.trunkline.cli;

import io.trunkline.cli.LiveSocket.Event;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;

/**
 * Follows a topic through as many connections as it takes: as the close codes say, with back-off,
 * on the next gateway each time. Goes on after the last offset it has printed. Blocks; one thread.
 */
final class Tail {
  private static final Duration CONNECT = Duration.ofSeconds(10);

  /** A gateway pings every 25 s unless it says otherwise. */
  private static final Duration SILENCE = Duration.ofSeconds(60);

  /** How often the silence is looked at. */
  private static final Duration LOOK = Duration.ofSeconds(1);

  private final HttpClient http = HttpClient.newBuilder().connectTimeout(CONNECT).build();
  private final Shell shell;
  private final List<URI> gateways;
  private final Login login;
  private final Place place;
  private final MessagePrinter printer;
  private int turn;

  /** Since there was a session or a subscription. */
  private int triesInVain;

  private boolean done;

  Tail(Shell shell, List<URI> gateways, Login login, Place place, MessagePrinter printer) {
    this.shell = shell;
    this.gateways = gateways;
    this.login = login;
    this.place = place;
    this.printer = printer;
  }

  void run() {
    while (!done) {
      Ending ending = connection();
      if (!done) {
        turn++;
        Duration backOff = Ending.backOff(triesInVain++);
        // What may come back at once does so once; then it waits like others.
        boolean told = ending.after() != null && triesInVain == 1;
        Pause.of(told ? ending.after() : backOff);
      }
    }
  }

  private Ending connection() {
    URI gateway = gateways.get(turn % gateways.size());
    Long since = place.channel() == null ? place.last() : null;
    try (LiveSocket socket = LiveSocket.connect(http, gateway, login.id(), since, CONNECT)) {
      begin(socket);
      Event.End end = read(socket);
      return done ? null : ended(gateway, end);
    } catch (LiveSocket.Refused refused) {
      if (refused.status() == 401) {
        return sessionOver(refused.getMessage());
      }
      if (refused.status() == 403 || refused.status() == 404) {
        throw new Failure(Exit.NOT_ALLOWED, refused.getMessage());
      }
      shell.note(refused.getMessage());
    } catch (TimeoutException e) {
      shell.note(e.getMessage());
    }
    return new Ending(true, null);
  }

  /**
   * With a session of its own it says that it has received nothing: from then on only it moves the
   * session's cursor, so what is printed here stays unread for the user's own clients. Somebody
   * else's session is left as it is.
   */
  private void begin(LiveSocket socket) {
    if (login.isOwn()) {
      socket.send("{\"type\":\"received\",\"offset\":0}");
    }
    if (place.channel() != null) {
      JsonObject subscribe =
          new JsonObject()
              .put("type", "subscribe")
              .put("id", "tail")
              .put("channel", place.channel());
      if (place.last() != null) {
        subscribe.put("since", place.last());
      }
      socket.send(subscribe.encode());
    }
  }

  /** Until it ends, or enough is printed: then null. */
  private Event.End read(LiveSocket socket) {
    while (!done) {
      Event event = socket.next(LOOK);
      if (event instanceof Event.End end) {
        return end;
      }
      if (event instanceof Event.Frame frame) {
        String wrong = frame(frame.text());
        if (wrong != null) {
          return new Event.End(1006, wrong);
        }
      } else if (socket.silence().compareTo(SILENCE) > 0) {
        return new Event.End(1006, "nothing came for " + SILENCE.toSeconds() + " s");
      }
    }
    socket.leave();
    return null;
  }

  /** Null, or what makes this connection useless. */
  private String frame(String text) {
    JsonObject frame = new JsonObject(text);
    String type = frame.getString("type", "");
    boolean joins = type.equals(place.channel() == null ? "session" : "subscribed");
    if (joins) {
      triesInVain = 0;
      if (!place.joined(frame)) {
        shell.note("some messages after the last one are no longer kept");
      }
    } else if (type.equals("error")) {
      return refused(frame);
    } else if (place.takes(frame)) {
      done = !printer.print(text, frame);
    }
    return null;
  }

  private static String refused(JsonObject error) {
    String told = "refused: " + error.getString("code") + ": " + error.getString("message");
    if (!error.getBoolean("retryable", false)) {
      boolean forbidden = "forbidden".equals(error.getString("code"));
      throw new Failure(forbidden ? Exit.NOT_ALLOWED : Exit.REFUSED, told);
    }
    return told;
  }

  private Ending ended(URI gateway, Event.End end) {
    String told = gateway + ": connection ended, " + end.code() + " " + end.reason();
    if (end.code() == 4001) {
      return sessionOver(told);
    }
    Ending ending = Ending.of(end.code(), end.reason());
    if (!ending.goesOn()) {
      throw new Failure(Exit.NOT_ALLOWED, told);
    }
    shell.note(told);
    return ending;
  }

  private Ending sessionOver(String told) {
    if (!login.isOwn()) {
      throw new Failure(Exit.NOT_ALLOWED, told + ": the session is over");
    }
    shell.note(told + ": making another session");
    login.renew();
    return new Ending(true, null);
  }
}
