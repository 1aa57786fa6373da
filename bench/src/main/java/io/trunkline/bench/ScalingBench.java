package io.trunkline.bench;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * What each thing costs, in CPU time of the gateways, the session services and Postgres, and how
 * that grows with the number of nodes: the same clients, messages and changes in clusters of
 * several sizes, one after another. CPU time and not time, so that a machine with too few cores for
 * the nodes still says something.
 *
 * <p>Arguments: numbers of gateways with commas, each beside as many session services; connections
 * in all; seconds for each part; messages a second.
 */
public final class ScalingBench {
  /** Of the rate: a stored message costs more, and the machine has to bear it. */
  private static final double STORED_SHARE = 0.5;

  /** Of the rate: each is two requests. */
  private static final double FOLLOWED_SHARE = 0.25;

  /** Until the compilers have done most of what they do. */
  private static final int WARM_UP_PARTS = 2;

  private static final long TICK_NANOS = 1_000_000;
  private static final long DRAIN_SECONDS = 30;

  private final BenchCluster cluster;
  private final int gateways;
  private final int seconds;
  private final double rate;
  private final List<String> sessions = new ArrayList<>();
  private final Vertx vertx = Vertx.vertx();
  private final WebSocketClient sockets =
      vertx.createWebSocketClient(new WebSocketClientOptions().setMaxConnections(100_000));
  private final LongAdder received = new LongAdder();
  private final LongAdder answered = new LongAdder();
  private List<ScalingClient> clients = List.of();

  private ScalingBench(BenchCluster cluster, int gateways, int seconds, double rate) {
    this.cluster = cluster;
    this.gateways = gateways;
    this.seconds = seconds;
    this.rate = rate;
  }

  public static void main(String[] args) throws Exception {
    String sizes = args.length > 0 ? args[0] : "1,2,4";
    int connections = args.length > 1 ? Integer.parseInt(args[1]) : 2000;
    int seconds = args.length > 2 ? Integer.parseInt(args[2]) : 15;
    double rate = args.length > 3 ? Double.parseDouble(args[3]) : 1000;
    System.out.println("| nodes | what | count | gateways | session services | Postgres |");
    System.out.println("| --- | --- | --- | --- | --- | --- |");
    for (String size : sizes.split(",")) {
      int gateways = Integer.parseInt(size);
      try (BenchCluster cluster = new BenchCluster(gateways, gateways)) {
        new ScalingBench(cluster, gateways, seconds, rate).run(connections);
      }
    }
    System.exit(0);
  }

  private void run(int connections) throws Exception {
    for (int i = 0; i < connections; i++) {
      sessions.add(cluster.createSession("user" + i));
    }
    for (int i = 0; i < WARM_UP_PARTS; i++) {
      connect();
      subscribe();
      messages(rate, ScalingClient::publish);
      messages(rate * STORED_SHARE, ScalingClient::write);
      close();
    }
    idle("a second without clients, µs");
    memoryAndConnections();
    idle("a second with " + connections + " idle clients, µs");
    part("a subscription, µs", subscribe());
    part(
        "a message to an ephemeral channel with one reader elsewhere, µs",
        messages(rate, ScalingClient::publish));
    part(
        "a private message, stored, to a reader elsewhere, µs",
        messages(rate * STORED_SHARE, ScalingClient::write));
    part("a subscription and its end, µs", follows());
    close();
    await(vertx.close());
  }

  /** What a part has cost, and for how many of what. */
  private record Cost(long count, long gateways, long services, long postgres) {
    Cost since(Cost before, long times) {
      return new Cost(
          times,
          gateways - before.gateways,
          services - before.services,
          postgres - before.postgres);
    }
  }

  private Cost now() {
    ProcessHandle postmaster = ProcessHandle.of(cluster.postgresPid()).orElseThrow();
    long postgres =
        Stream.concat(Stream.of(postmaster), postmaster.descendants())
            .mapToLong(p -> p.info().totalCpuDuration().map(d -> d.toNanos()).orElse(0L))
            .sum();
    return new Cost(
        0,
        BenchCluster.cpuNanos(cluster.gateways()),
        BenchCluster.cpuNanos(cluster.services()),
        postgres);
  }

  private void part(String what, Cost cost) {
    System.out.printf(
        "| %d | %s | %d | %.1f | %.1f | %.1f |%n",
        2 * gateways,
        what,
        cost.count,
        cost.gateways / 1e3 / cost.count,
        cost.services / 1e3 / cost.count,
        cost.postgres / 1e3 / cost.count);
  }

  private void idle(String what) throws InterruptedException {
    Cost before = now();
    TimeUnit.SECONDS.sleep(seconds);
    part(what, now().since(before, seconds));
  }

  private void memoryAndConnections() throws Exception {
    long rss = rssKib();
    Cost before = now();
    connect();
    part("a connection made, µs", now().since(before, clients.size()));
    System.out.printf(
        "| %d | a connection, KiB of resident memory more | %d | %.1f | | |%n",
        2 * gateways, clients.size(), (double) (rssKib() - rss) / clients.size());
  }

  private long rssKib() throws Exception {
    long sum = 0;
    for (Process gateway : cluster.gateways()) {
      sum += BenchCluster.memoryKib(gateway, "VmRSS");
    }
    return sum;
  }

  /** Each next client on the next gateway; a hundred at a time, as a crowd would come. */
  private void connect() throws Exception {
    clients = new ArrayList<>();
    for (int from = 0; from < sessions.size(); from += 100) {
      List<Future<ScalingClient>> some = new ArrayList<>();
      for (int i = from; i < Math.min(from + 100, sessions.size()); i++) {
        int reader = (i + 1) % sessions.size();
        some.add(
            ScalingClient.connect(
                sockets,
                cluster.httpPort(i % gateways),
                sessions.get(i),
                new ScalingClient.Names("live.of" + i, "live.of" + reader, "user" + reader),
                received,
                answered));
      }
      clients.addAll(await(Future.all(some)).list());
    }
  }

  private void close() throws Exception {
    await(Future.join(clients.stream().map(ScalingClient::close).toList()));
  }

  /** Each client to a channel of its own, to which the client before it will publish. */
  private Cost subscribe() throws InterruptedException {
    Cost before = now();
    answered.reset();
    clients.forEach(ScalingClient::subscribe);
    until("subscriptions", () -> answered.sum() >= clients.size());
    return now().since(before, clients.size());
  }

  /** One message for each turn of the next client, evenly spread, and until all have come. */
  private Cost messages(double perSecond, Consumer<ScalingClient> send)
      throws InterruptedException {
    received.reset();
    Cost before = now();
    long count = spread(perSecond, send);
    until("messages", () -> received.sum() >= count);
    return now().since(before, count);
  }

  private Cost follows() throws InterruptedException {
    answered.reset();
    Cost before = now();
    long count = spread(rate * FOLLOWED_SHARE, ScalingClient::comeAndGo);
    until("answers", () -> answered.sum() >= 2 * count);
    return now().since(before, count);
  }

  private long spread(double perSecond, Consumer<ScalingClient> work) throws InterruptedException {
    long count = (long) (perSecond * seconds);
    long begin = System.nanoTime();
    for (long done = 0; done < count; ) {
      if (begin + (long) (done * 1e9 / perSecond) > System.nanoTime()) {
        TimeUnit.NANOSECONDS.sleep(TICK_NANOS);
      } else {
        work.accept(clients.get((int) (done % clients.size())));
        done++;
      }
    }
    return count;
  }

  private static void until(String what, BooleanSupplier there) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DRAIN_SECONDS);
    while (!there.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("not all " + what + " within " + DRAIN_SECONDS + " s");
      }
      TimeUnit.MILLISECONDS.sleep(5);
    }
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(2, TimeUnit.MINUTES);
  }
}
