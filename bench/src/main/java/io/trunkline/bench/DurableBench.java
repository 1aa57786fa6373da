package io.trunkline.bench;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * Durable private messages through the whole: as many as go (closed loop, one in flight a
 * connection), then latencies at half that rate (open loop, from the time at which a message was
 * due), then the resume of an inbox of 10,000.
 *
 * <p>CPU time is told for each kind of process apart, this one, which makes the load, included.
 *
 * <p>Arguments: connections, seconds for each part, session services, messages in flight a
 * connection, seconds of warm-up.
 */
public final class DurableBench {
  private static final int RESUME_MESSAGES = 10_000;
  private static final long TICK_NANOS = 1_000_000;

  private final int connections;
  private final int seconds;
  private final int inFlight;
  private final int warmUp;
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

  private DurableBench(int connections, int seconds, int inFlight, int warmUp) {
    this.connections = connections;
    this.seconds = seconds;
    this.inFlight = inFlight;
    this.warmUp = warmUp;
  }

  public static void main(String[] args) throws Exception {
    int connections = number(args, 0, 500);
    int seconds = number(args, 1, 10);
    int inFlight = number(args, 3, 1);
    int warmUp = number(args, 4, seconds);
    try (BenchCluster cluster = new BenchCluster(1, number(args, 2, 2))) {
      new DurableBench(connections, seconds, inFlight, warmUp).run(cluster);
    }
    System.exit(0);
  }

  private static int number(String[] args, int index, int otherwise) {
    return args.length > index ? Integer.parseInt(args[index]) : otherwise;
  }

  private void run(BenchCluster cluster) throws Exception {
    List<BenchClient> clients = connect(cluster);
    double rate = closedLoop(cluster, clients);
    openLoop(cluster, clients, rate / 2);
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
    for (int i = 0; i < inFlight; i++) {
      clients.forEach(client -> client.send(System.nanoTime()));
    }
    TimeUnit.SECONDS.sleep(warmUp);
    long begin = System.nanoTime();
    long before = acked.sum();
    Cpu cpu = Cpu.of(cluster);
    recording = true;
    TimeUnit.SECONDS.sleep(seconds);
    recording = false;
    long count = acked.sum() - before;
    double rate = count * 1e9 / (System.nanoTime() - begin);
    System.out.printf(
        "closed loop: connections=%d in_flight=%d acked/s=%.0f failed=%d%n",
        connections, connections * inFlight, rate, failed.sum());
    System.out.println("closed loop cpu_us/message: " + Cpu.of(cluster).since(cpu, count));
    print("closed loop ack", toAck);
    print("closed loop delivery", toDelivery);
    closedLoop = false;
    drain(clients);
    return rate;
  }

  /** Nanoseconds of CPU time that each kind of process has used. */
  private record Cpu(long gateway, long services, long postgres, long load) {
    static Cpu of(BenchCluster cluster) {
      ProcessHandle postmaster = ProcessHandle.of(cluster.postgresPid()).orElseThrow();
      return new Cpu(
          BenchCluster.cpuNanos(cluster.gateways()),
          BenchCluster.cpuNanos(cluster.services()),
          Stream.concat(Stream.of(postmaster), postmaster.descendants()).mapToLong(Cpu::of).sum(),
          of(ProcessHandle.current()));
    }

    private static long of(ProcessHandle process) {
      return process.info().totalCpuDuration().map(Duration::toNanos).orElse(0L);
    }

    String since(Cpu before, long count) {
      return "gateway=%.1f services=%.1f postgres=%.1f load=%.1f"
          .formatted(
              (gateway - before.gateway) / 1e3 / count,
              (services - before.services) / 1e3 / count,
              (postgres - before.postgres) / 1e3 / count,
              (load - before.load) / 1e3 / count);
    }
  }

  /** Evenly spread sends, whether or not the earlier ones have been answered. */
  private void openLoop(BenchCluster cluster, List<BenchClient> clients, double rate)
      throws InterruptedException {
    toAck.reset();
    toDelivery.reset();
    Cpu cpu = Cpu.of(cluster);
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
    System.out.println("open loop cpu_us/message: " + Cpu.of(cluster).since(cpu, count));
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
