package io.trunkline.cli;

import io.trunkline.cli.LiveSocket.Event;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * One message, sent until it is known to be stored: it has an id, so that a repeat is known as one.
 */
@Command(
    name = "send",
    mixinStandardHelpOptions = true,
    description = {
      "Sends a message: to a user, to a channel, or to everybody.",
      "Through the server API, or as the client whose session is given."
    })
final class SendCommand implements Runnable {
  private static final Duration PAUSE = Duration.ofMillis(250);

  /** Beyond the head: nothing is replayed here that the session's own client has not read. */
  private static final long BEYOND = Long.MAX_VALUE;

  private final Shell shell;

  @Spec private CommandSpec spec;
  @Mixin private Target target;
  @Mixin private Output output;

  @Option(names = "--channel", paramLabel = "NAME", description = "Publish to this channel.")
  private String channel;

  @Option(names = "--broadcast", description = "To every connection with a session.")
  private boolean broadcast;

  @Option(
      names = "--sender",
      paramLabel = "NAME",
      description = "What the reader is told; by the server API alone.")
  private String sender;

  @Option(
      names = "--id",
      paramLabel = "ID",
      description = "Stored once however often it is sent; else a new one.")
  private String id;

  @Option(
      names = {"-j", "--json-message"},
      description = "MESSAGE is JSON, not text.")
  private boolean jsonMessage;

  @Option(names = "--session", paramLabel = "FILE", description = SessionId.WHERE)
  private String sessionFile;

  @Parameters(
      arity = "1..2",
      paramLabel = "[RECEIVER] MESSAGE",
      hideParamSyntax = true,
      description = "To whom, unless --channel or --broadcast says so, and what; - reads it.")
  private List<String> words;

  SendCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public void run() {
    boolean toUser = channel == null && !broadcast;
    if (words.size() != (toUser ? 2 : 1) || (channel != null && broadcast)) {
      throw new ParameterException(
          spec.commandLine(),
          "Expected RECEIVER MESSAGE, or --channel NAME MESSAGE, or --broadcast MESSAGE");
    }
    JsonObject frame = new JsonObject().put("id", id == null ? UUID.randomUUID().toString() : id);
    frame.put("message", message(words.get(words.size() - 1)));
    JsonObject answer = sessionFile == null ? byApi(frame) : asClient(frame);
    answer.remove("type");
    answer.remove("id");
    Object offset = answer.getValue("offset");
    output.print(shell, answer, offset == null ? "sent" : "stored at offset " + offset);
  }

  private Object message(String word) {
    String text = word.equals("-") ? standardInput() : word;
    if (!jsonMessage) {
      return text;
    }
    try {
      return Json.decodeValue(text);
    } catch (RuntimeException e) {
      throw new Failure(Exit.USAGE, "MESSAGE: not JSON");
    }
  }

  private String standardInput() {
    try {
      return new String(shell.in().readAllBytes(), StandardCharsets.UTF_8).stripTrailing();
    } catch (IOException e) {
      throw new Failure(Exit.USAGE, "MESSAGE: cannot read standard input");
    }
  }

  private JsonObject byApi(JsonObject message) {
    if (broadcast) {
      message.put("broadcast", true);
    } else if (channel != null) {
      message.put("channel", channel);
    } else {
      message.put("receiver", words.get(0));
    }
    if (sender != null) {
      message.put("sender", sender);
    }
    return target.api(shell).send(message);
  }

  private JsonObject asClient(JsonObject frame) {
    if (sender != null) {
      throw new Failure(Exit.USAGE, "--sender: a client is whom its session says");
    }
    if (broadcast) {
      frame.put("type", "broadcast");
    } else if (channel != null) {
      frame.put("type", "publish").put("channel", channel);
    } else {
      frame.put("type", "private_message").put("receiver", words.get(0));
    }
    return untilAcked(frame.encode(), SessionId.read(shell, sessionFile));
  }

  /** On each gateway in turn, until one acks or the time is over. */
  private JsonObject untilAcked(String frame, String session) {
    long deadline = System.nanoTime() + target.timeout().toNanos();
    List<URI> gateways = target.sockets();
    HttpClient http = HttpClient.newHttpClient();
    String last = "";
    for (int tries = 0; System.nanoTime() < deadline; tries++) {
      URI gateway = gateways.get(tries % gateways.size());
      Duration left = Duration.ofNanos(Math.max(1_000_000, deadline - System.nanoTime()));
      try (LiveSocket socket = LiveSocket.connect(http, gateway, session, BEYOND, left)) {
        socket.send(frame);
        JsonObject ack = answer(socket, deadline);
        if (ack != null) {
          socket.leave();
          return ack;
        }
        last = gateway + " gave no ack";
      } catch (LiveSocket.Refused e) {
        if (e.status() == 401) {
          throw new Failure(
              Exit.NOT_ALLOWED, e.getMessage() + ": the session of " + sessionFile + " is over");
        }
        last = e.getMessage();
      } catch (TimeoutException e) {
        last = e.getMessage();
      }
      Pause.of(PAUSE);
    }
    throw new Failure(Exit.UNAVAILABLE, last + "; it may or may not be stored");
  }

  /** The ack; null when the connection has ended or the same may be sent again. */
  private static JsonObject answer(LiveSocket socket, long deadline) {
    while (true) {
      Event event = socket.next(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
      if (!(event instanceof Event.Frame frame)) {
        return null;
      }
      JsonObject json = new JsonObject(frame.text());
      if ("ack".equals(json.getString("type"))) {
        return json;
      }
      if ("error".equals(json.getString("type"))) {
        if (json.getBoolean("retryable", false)) {
          return null;
        }
        String code = json.getString("code");
        throw new Failure(
            "forbidden".equals(code) ? Exit.NOT_ALLOWED : Exit.REFUSED,
            "refused: " + code + ": " + json.getString("message"));
      }
    }
  }
}
