package io.trunkline.cluster;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.SocketAddress;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The users of a chaos run on the JavaScript client, in a process of Node: see {@code
 * client-js/testing/chaos.js}. It says what each application sent and saw, reloads included; here
 * that is held against what was promised.
 */
final class JsChaosUsers implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(JsChaosUsers.class);

  private final ChaosJournal journal;
  private final Process process;
  private final BufferedWriter commands;
  private final Map<String, JsUser> users = new ConcurrentHashMap<>();
  private final AtomicInteger reloads = new AtomicInteger();
  private volatile boolean closing;

  JsChaosUsers(ChaosJournal journal) {
    this.journal = journal;
    try {
      this.process = ClientJs.start("node", "testing/chaos.js");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    this.commands = process.outputWriter(StandardCharsets.UTF_8);
    Thread reading = new Thread(this::read, "js-chaos-users");
    reading.setDaemon(true);
    reading.start();
  }

  /** Somebody who is not connected yet. */
  ChaosUser add(
      long seed,
      ChaosReader reader,
      String user,
      String sessionId,
      List<String> users,
      List<String> channels,
      List<SocketAddress> gateways) {
    JsUser added = new JsUser(user, reader);
    this.users.put(user, added);
    tell(
        "user",
        new JsonObject()
            .put("user", user)
            .put("session", sessionId)
            .put("seed", (int) seed)
            .put("users", new JsonArray(users))
            .put("rooms", new JsonArray(channels))
            .put("channels", new JsonArray(new ArrayList<>(reader.channels())))
            .put(
                "urls",
                new JsonArray(
                    gateways.stream().map(gateway -> "ws://" + gateway + "/ws").toList())));
    return added;
  }

  /** Pages that were thrown away and made anew. */
  int reloads() {
    return reloads.get();
  }

  private synchronized void tell(Object... words) {
    try {
      commands.write(JsonArray.of(words).encode());
      commands.newLine();
      commands.flush();
    } catch (IOException e) {
      if (!closing) {
        journal.violation("the clients have ended: " + e.getMessage());
      }
    }
  }

  private void read() {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        said(line);
      }
    } catch (IOException e) {
      log.debug("js_chaos_users_ended", e);
    }
    if (!closing) {
      journal.violation("the clients have ended");
    }
  }

  private void said(String line) {
    if (!line.startsWith("[")) {
      journal.violation("the clients said: " + line);
      return;
    }
    JsonArray words = new JsonArray(line);
    JsUser user = users.get(words.getString(1));
    switch (words.getString(0)) {
      case "sending" -> user.sending(words.getInteger(2), words.getString(3));
      case "acked" -> user.acked(words.getLong(3));
      case "seen" -> user.reader.read(words.getJsonObject(2));
      case "idle" -> user.idle = true;
      case "reloaded" -> reloads.incrementAndGet();
      default -> journal.violation(line);
    }
  }

  @Override
  public void close() {
    closing = true;
    process.destroyForcibly();
  }

  private final class JsUser implements ChaosUser {
    private final String user;
    private final ChaosReader reader;
    private volatile boolean idle;

    /** Null when everything was acked; of the reading thread. */
    private ChaosJournal.Sent outstanding;

    JsUser(String user, ChaosReader reader) {
      this.user = user;
      this.reader = reader;
    }

    private void sending(int number, String topic) {
      outstanding = journal.sending(user, number, topic);
    }

    private void acked(long offset) {
      journal.acked(outstanding, offset);
      outstanding = null;
    }

    @Override
    public void start() {
      tell("start", user);
    }

    @Override
    public void whisper(String topic) {
      tell("whisper", user, topic);
    }

    @Override
    public String user() {
      return user;
    }

    @Override
    public ChaosReader reader() {
      return reader;
    }

    @Override
    public void settle() {
      tell("settle", user);
    }

    @Override
    public void finishSending() {
      tell("finish", user);
    }

    @Override
    public boolean isIdle() {
      return idle;
    }

    @Override
    public void stop() {
      close();
    }
  }
}
