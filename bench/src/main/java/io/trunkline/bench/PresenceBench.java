package io.trunkline.bench;

import io.trunkline.postgres.FreePorts;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Presence with very many users: the time of an answer for 100 named users, what joining and
 * leaving a channel costs the bus, and how long those who were on a killed gateway are shown.
 *
 * <p>The nodes are a gateway with real clients, two session services, and two {@link CrowdNode}s
 * with half of the users each, all in the channel {@code hall}. Arguments: users, seconds of
 * questions, questions a second.
 */
public final class PresenceBench {
  private static final int NAMED = 100;
  private static final int JOINERS = 100;

  /** Asked this often in a row, every event loop of both services has answered. */
  private static final int EVERY_SERVICE = 8;

  private final int users;
  private final Vertx vertx = Vertx.vertx();
  private final WebSocketClient sockets =
      vertx.createWebSocketClient(new WebSocketClientOptions().setMaxConnections(10_000));
  private final List<Process> crowds = new ArrayList<>();

  /** A client that asks and waits. What comes unasked waits apart; nobody asks twice at once. */
  private record Asker(
      WebSocket socket, BlockingQueue<String> answers, BlockingQueue<JsonObject> unasked) {
    JsonObject ask(JsonObject request) throws Exception {
      socket.writeTextMessage(request.encode());
      String answer = answers.poll(10, TimeUnit.SECONDS);
      if (answer == null || answer.startsWith("{\"type\":\"error\"")) {
        throw new IOException("answered " + answer);
      }
      return new JsonObject(answer);
    }
  }

  private PresenceBench(int users) {
    this.users = users;
  }

  public static void main(String[] args) throws Exception {
    int users = args.length > 0 ? Integer.parseInt(args[0]) : 100_000;
    int seconds = args.length > 1 ? Integer.parseInt(args[1]) : 10;
    int rate = args.length > 2 ? Integer.parseInt(args[2]) : 100;
    PresenceBench bench = new PresenceBench(users);
    try (BenchCluster cluster = new BenchCluster(1, 2)) {
      bench.run(cluster, seconds, rate);
    } finally {
      bench.crowds.forEach(Process::destroyForcibly);
    }
    System.exit(0);
  }

  private void run(BenchCluster cluster, int seconds, int rate) throws Exception {
    long began = System.nanoTime();
    crowds.add(crowd(cluster, "crowd-0", 0, users / 2));
    crowds.add(crowd(cluster, "crowd-1", users / 2, users - users / 2));
    Asker asker = connect(cluster, "asker");
    awaitCount(asker, users, 60);
    System.out.printf("%d users present after %d ms%n", users, millisSince(began));
    questions(asker, null, seconds, rate);
    questions(asker, "hall", seconds, rate);
    joining(cluster);
    killed(cluster, asker);
  }

  private Process crowd(BenchCluster cluster, String name, int first, int count)
      throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx512m",
            "-cp",
            System.getProperty("bench.class.path", System.getProperty("java.class.path")),
            CrowdNode.class.getName(),
            name,
            Integer.toString(FreePorts.one()),
            cluster.members(),
            cluster.name(),
            Integer.toString(first),
            Integer.toString(count),
            "hall")
        .redirectErrorStream(true)
        .redirectOutput(Path.of("bench", "target", name + ".log").toFile())
        .start();
  }

  private Asker connect(BenchCluster cluster, String user) throws Exception {
    WebSocketConnectOptions options =
        new WebSocketConnectOptions()
            .setHost("127.0.0.1")
            .setPort(cluster.httpPort(0))
            .setURI("/ws")
            .addHeader("Authorization", "Bearer " + cluster.createSession(user));
    BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    BlockingQueue<JsonObject> unasked = new LinkedBlockingQueue<>();
    Future<WebSocket> connecting =
        sockets
            .connect(options)
            .onSuccess(
                socket ->
                    socket.textMessageHandler(
                        frame -> {
                          if (frame.startsWith("{\"type\":\"presence_change\"")) {
                            unasked.add(new JsonObject(frame));
                          } else {
                            answers.add(frame);
                          }
                        }));
    WebSocket socket = await(connecting);
    answers.poll(10, TimeUnit.SECONDS);
    return new Asker(socket, answers, unasked);
  }

  /** At a steady rate, and from the time at which a question was due. */
  private void questions(Asker asker, String channel, int seconds, int rate) throws Exception {
    Histogram times = new Histogram(TimeUnit.SECONDS.toNanos(60), 3);
    long period = TimeUnit.SECONDS.toNanos(1) / rate;
    int warmUp = rate * 2;
    long due = System.nanoTime();
    for (int i = 0; i < warmUp + seconds * rate; i++) {
      due += period;
      TimeUnit.NANOSECONDS.sleep(Math.max(0, due - System.nanoTime()));
      JsonObject answer = asker.ask(question(channel));
      if (answer.getInteger("count") != NAMED) {
        throw new IllegalStateException("not all there: " + answer.encode());
      }
      if (i >= warmUp) {
        times.recordValue(System.nanoTime() - due);
      }
    }
    System.out.printf(
        "presence of %d named users%s, %d a second: p50 %.2f ms, p99 %.2f ms, max %.2f ms%n",
        NAMED,
        channel == null ? "" : " in a channel of " + users,
        rate,
        times.getValueAtPercentile(50) / 1e6,
        times.getValueAtPercentile(99) / 1e6,
        times.getMaxValue() / 1e6);
  }

  private JsonObject question(String channel) {
    JsonArray names = new JsonArray();
    int first = ThreadLocalRandom.current().nextInt(users - NAMED);
    for (int i = 0; i < NAMED; i++) {
      names.add(CrowdNode.user(first + i));
    }
    JsonObject question = new JsonObject().put("type", "presence").put("users", names);
    return channel == null ? question : question.put("channel", channel);
  }

  /** One after another, then all at once; beside what the nodes say to each other anyway. */
  private void joining(BenchCluster cluster) throws Exception {
    List<Asker> joiners = new ArrayList<>();
    for (int i = 0; i < JOINERS; i++) {
      joiners.add(connect(cluster, "joiner-" + i));
    }
    Asker watcher = connect(cluster, "watcher");
    watcher.ask(subscribe("hall", true));
    double[] idle = costOf(cluster, () -> TimeUnit.SECONDS.sleep(5));
    for (String how : List.of("one after another", "at once")) {
      double[] asked =
          costOf(
              cluster,
              () -> all(joiners, how, new JsonObject().put("type", "echo").put("content", 1)));
      double[] joined = costOf(cluster, () -> all(joiners, how, subscribe("hall", false)));
      double[] left = costOf(cluster, () -> all(joiners, how, unsubscribe()));
      System.out.printf(
          "%d clients %s, bus messages and bytes each beside those of an echo:%n", JOINERS, how);
      print("join", joined, asked, idle);
      print("leave", left, asked, idle);
    }
  }

  private static void print(String what, double[] cost, double[] asked, double[] idle) {
    double messages =
        cost[0] - idle[0] * cost[2] / idle[2] - (asked[0] - idle[0] * asked[2] / idle[2]);
    double bytes =
        cost[1] - idle[1] * cost[2] / idle[2] - (asked[1] - idle[1] * asked[2] / idle[2]);
    System.out.printf(
        "  %s: %.2f messages, %.0f bytes%n", what, messages / JOINERS, bytes / JOINERS);
  }

  private interface Work {
    void run() throws Exception;
  }

  /** Messages and bytes on the bus, and seconds, until a leave has been told as well. */
  private static double[] costOf(BenchCluster cluster, Work work) throws Exception {
    double messages = messages(cluster);
    double bytes = cluster.sum("vertx_eventbus_bytes_written_total");
    long began = System.nanoTime();
    work.run();
    TimeUnit.SECONDS.sleep(3);
    return new double[] {
      messages(cluster) - messages,
      cluster.sum("vertx_eventbus_bytes_written_total") - bytes,
      (System.nanoTime() - began) / 1e9
    };
  }

  private static double messages(BenchCluster cluster) throws Exception {
    return cluster.sum("vertx_eventbus_sent_total") + cluster.sum("vertx_eventbus_published_total");
  }

  private static void all(List<Asker> askers, String how, JsonObject request) throws Exception {
    if (how.equals("at once")) {
      askers.forEach(asker -> asker.socket().writeTextMessage(request.encode()));
      for (Asker asker : askers) {
        asker.answers().poll(10, TimeUnit.SECONDS);
      }
      return;
    }
    for (Asker asker : askers) {
      asker.ask(request);
    }
  }

  private static JsonObject subscribe(String channel, boolean presence) {
    JsonObject request = new JsonObject().put("type", "subscribe").put("channel", channel);
    return presence ? request.put("presence", true) : request;
  }

  private static JsonObject unsubscribe() {
    return new JsonObject().put("type", "unsubscribe").put("channel", "hall");
  }

  private void killed(BenchCluster cluster, Asker asker) throws Exception {
    Asker watcher = connect(cluster, "late-watcher");
    watcher.ask(subscribe("hall", true));
    TimeUnit.SECONDS.sleep(3);
    watcher.unasked().clear();
    int gone = users - users / 2;
    int before = asker.ask(count("hall")).getInteger("count");
    int online = asker.ask(count(null)).getInteger("count");
    crowds.get(1).destroyForcibly();
    long killed = System.nanoTime();
    awaitCount(asker, "hall", before - gone, 30);
    awaitCount(asker, null, online - gone, 30);
    System.out.printf(
        "%d users of a killed gateway were gone after %d ms%n", gone, millisSince(killed));
    JsonObject told = watcher.unasked().poll(10, TimeUnit.SECONDS);
    System.out.printf(
        "told after %d ms at the latest, in a frame of %d bytes: %d names, more=%s, count=%s%n",
        millisSince(killed),
        told.encode().length(),
        told.getJsonArray("left").size(),
        told.getBoolean("more"),
        told.getInteger("count"));
    long end = killed + TimeUnit.SECONDS.toNanos(10);
    int most = 0;
    while (System.nanoTime() < end) {
      most = Math.max(most, asker.ask(count("hall")).getInteger("count"));
      TimeUnit.MILLISECONDS.sleep(20);
    }
    System.out.printf("%d of them came back within 10 s%n", most - (before - gone));
  }

  private static JsonObject count(String channel) {
    JsonObject question = new JsonObject().put("type", "presence");
    return channel == null ? question : question.put("channel", channel);
  }

  private static void awaitCount(Asker asker, int least, int seconds) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    int agreed = 0;
    while (agreed < EVERY_SERVICE) {
      boolean all =
          asker.ask(count(null)).getInteger("count") >= least
              && asker.ask(count("hall")).getInteger("count") >= least;
      agreed = all ? agreed + 1 : 0;
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("not all users are there; see bench/target");
      }
      TimeUnit.MILLISECONDS.sleep(all ? 0 : 50);
    }
  }

  private static void awaitCount(Asker asker, String channel, int exactly, int seconds)
      throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    int agreed = 0;
    while (agreed < EVERY_SERVICE) {
      agreed = asker.ask(count(channel)).getInteger("count") == exactly ? agreed + 1 : 0;
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("users of a killed gateway stay; see bench/target");
      }
    }
  }

  private static long millisSince(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }
}
