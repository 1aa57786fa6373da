package io.trunkline.bench;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * Durable private messages through the whole: as many as go (closed loop, one in flight a
 * connection), then latencies at half that rate (open loop, from the time at which a message was
 * due), then the resume of an inbox of 10,000.
 *
 * <p>Arguments: connections, seconds for each part, session services.
 */
public final class DurableBench {
  private static final int RESUME_MESSAGES = 10_000;
  private static final long TICK_NANOS = 1_000_000;

  private final int connections;
  private final int seconds;
  private final Vertx vertx = Vertx.vertx();
  private final WebSocketClient sockets =
      vertx.createWebSocketClient(new WebSocketClientOptions().setMaxConnections(100_000));
  private final LongAdder acked = new LongAdder();
  private final LongAdder delivered = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final Histogram toAck = new ConcurrentHistogram(TimeUnit.SECONDS.toNanos(60), 3);
  private final Histogram toDelivery = new ConcurrentHistogram(TimeUnit.SECONDS.toNanos(60), 3);
  private volatile boolean closedLoop = true;
  private volatile boolean recording;

  private DurableBench(int connections, int seconds) {
    this.connections = connections;
    this.seconds = seconds;
  }

  public static void main(String[] args) throws Exception {
    int connections = args.length > 0 ? Integer.parseInt(args[0]) : 500;
    int seconds = args.length > 1 ? Integer.parseInt(args[1]) : 10;
    int services = args.length > 2 ? Integer.parseInt(args[2]) : 2;
    try (BenchCluster cluster = new BenchCluster(1, services)) {
      new DurableBench(connections, seconds).run(cluster);
    }
    System.exit(0);
  }

  private void run(BenchCluster cluster) throws Exception {
    List<BenchClient> clients = connect(cluster);
    double rate = closedLoop(cluster, clients);
    openLoop(clients, rate / 2);
    resume(cluster);
  }

  private List<BenchClient> connect(BenchCluster cluster) throws Exception {
    List<Future<BenchClient>> connecting = new ArrayList<>();
    for (int i = 0; i < connections; i++) {
      String session = cluster.createSession("user" + i);
      String receiver = "user" + (i + 1) % connections;
      connecting.add(connect(cluster, session, receiver));
    }
    return await(Future.all(connecting)).list();
  }

  private Future<BenchClient> connect(BenchCluster cluster, String session, String receiver) {
    BenchClient[] self = new BenchClient[1];
    return BenchClient.connect(sockets, cluster.httpPort(0), session, receiver, listener(self))
        .onSuccess(client -> self[0] = client);
  }

  private BenchClient.Listener listener(BenchClient[] self) {
    return new BenchClient.Listener() {
      @Override
      public void acked(long due) {
        acked.increment();
        record(toAck, due);
        again();
      }

      @Override
      public void delivered(long due) {
        delivered.increment();
        record(toDelivery, due);
      }

      @Override
      public void failed(String frame) {
        failed.increment();
        again();
      }

      private void again() {
        if (closedLoop) {
          self[0].send(System.nanoTime());
        }
      }
    };
  }

  private void record(Histogram histogram, long due) {
    if (recording) {
      histogram.recordValue(System.nanoTime() - due);
    }
  }

  /** As many as go. The first part warms the JVMs up and isn't counted. */
  private double closedLoop(BenchCluster cluster, List<BenchClient> clients)
      throws InterruptedException {
    clients.forEach(client -> client.send(System.nanoTime()));
    TimeUnit.SECONDS.sleep(seconds);
    long begin = System.nanoTime();
    long before = acked.sum();
    long cpu = cpu(cluster);
    recording = true;
    TimeUnit.SECONDS.sleep(seconds);
    recording = false;
    long count = acked.sum() - before;
    double rate = count * 1e9 / (System.nanoTime() - begin);
    System.out.printf(
        "closed loop: connections=%d acked/s=%.0f cpu_us/message=%.1f (gateway and services) failed=%d%n",
        connections, rate, (cpu(cluster) - cpu) / 1e3 / count, failed.sum());
    print("closed loop ack", toAck);
    print("closed loop delivery", toDelivery);
    closedLoop = false;
    drain(clients);
    return rate;
  }

  private static long cpu(BenchCluster cluster) {
    return BenchCluster.cpuNanos(cluster.gateways()) + BenchCluster.cpuNanos(cluster.services());
  }

  /** Evenly spread sends, whether or not the earlier ones have been answered. */
  private void openLoop(List<BenchClient> clients, double rate) throws InterruptedException {
    toAck.reset();
    toDelivery.reset();
    recording = true;
    long begin = System.nanoTime();
    long count = (long) (rate * seconds);
    int next = 0;
    for (long sent = 0; sent < count; ) {
      long due = begin + (long) (sent * 1e9 / rate);
      if (due > System.nanoTime()) {
        TimeUnit.NANOSECONDS.sleep(TICK_NANOS);
      } else {
        clients.get(next++ % clients.size()).send(due);
        sent++;
      }
    }
    drain(clients);
    recording = false;
    System.out.printf("open loop: rate/s=%.0f failed=%d%n", rate, failed.sum());
    print("open loop ack", toAck);
    print("open loop delivery", toDelivery);
  }

  private static void drain(List<BenchClient> clients) throws InterruptedException {
    while (clients.stream().anyMatch(client -> client.unacked() > 0)) {
      TimeUnit.MILLISECONDS.sleep(10);
    }
  }

  /** An inbox of 10,000 messages, read from its beginning by one connection. */
  private void resume(BenchCluster cluster) throws Exception {
    String session = cluster.createSession("resumer");
    BenchClient[] self = new BenchClient[1];
    LongAdder stored = new LongAdder();
    BenchClient.Listener listener =
        new BenchClient.Listener() {
          @Override
          public void acked(long due) {
            stored.increment();
          }

          @Override
          public void delivered(long due) {
            // what the writer itself gets is of no interest
          }

          @Override
          public void failed(String frame) {
            self[0].send(System.nanoTime());
          }
        };
    for (int i = 0; i < 20; i++) {
      String writer = cluster.createSession("writer" + i);
      self[0] =
          await(BenchClient.connect(sockets, cluster.httpPort(0), writer, "resumer", listener));
      for (int m = 0; m < RESUME_MESSAGES / 20; m++) {
        self[0].send(System.nanoTime());
      }
    }
    while (stored.sum() < RESUME_MESSAGES) {
      TimeUnit.MILLISECONDS.sleep(10);
    }
    Process gateway = cluster.gateways().get(0);
    long rss = BenchCluster.memoryKib(gateway, "VmRSS");
    long begin = System.nanoTime();
    await(readAll(cluster, session));
    System.out.printf(
        "resume: messages=%d millis=%d gateway_rss_before_kib=%d gateway_rss_peak_kib=%d%n",
        RESUME_MESSAGES,
        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin),
        rss,
        BenchCluster.memoryKib(gateway, "VmHWM"));
  }

  private Future<Void> readAll(BenchCluster cluster, String session) {
    Promise<Void> done = Promise.promise();
    AtomicInteger seen = new AtomicInteger();
    WebSocketConnectOptions options =
        new WebSocketConnectOptions()
            .setHost("127.0.0.1")
            .setPort(cluster.httpPort(0))
            .setURI("/ws?since=0")
            .addHeader("Authorization", "Bearer " + session);
    sockets
        .connect(options)
        .onSuccess(
            (WebSocket socket) ->
                socket.textMessageHandler(
                    frame -> {
                      if (frame.startsWith("{\"type\":\"private_message\"")
                          && seen.incrementAndGet() == RESUME_MESSAGES) {
                        done.complete();
                      }
                    }))
        .onFailure(done::fail);
    return done.future();
  }

  private static void print(String what, Histogram histogram) {
    System.out.printf(
        "%s: p50=%.1f ms p99=%.1f ms max=%.1f ms%n",
        what,
        histogram.getValueAtPercentile(50) / 1e6,
        histogram.getValueAtPercentile(99) / 1e6,
        histogram.getMaxValue() / 1e6);
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(2, TimeUnit.MINUTES);
  }
}
