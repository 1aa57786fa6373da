package io.trunkline.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A busy ephemeral channel on one gateway: how long messages take to those who read, first among
 * themselves, then beside readers that have stopped, until the last of these has been closed with
 * 4202. In turn, several rounds. Open loop: from the time at which a message was due.
 *
 * <p>Arguments: subscribers in all, how many of them stop, messages a second, bytes of each,
 * rounds.
 */
public final class SlowReadersBench {
  private static final Logger log = LoggerFactory.getLogger(SlowReadersBench.class);

  private static final String CHANNEL = "live.busy";
  private static final String SUBSCRIPTION =
      "{\"type\":\"subscribe\",\"channel\":\"" + CHANNEL + "\"}";

  /** Connections share a few sessions, as these are made one by one. */
  private static final int SESSIONS = 50;

  private static final int CONNECT_AT_ONCE = 100;

  /** What comes before the time in a frame is far shorter. */
  private static final int HEAD_BYTES = 256;

  private static final byte[] DUE = "\"due\":".getBytes(US_ASCII);

  /** Beyond what fills the bound and the kernel's buffers. */
  private static final int SPARE_SECONDS = 15;

  private static final int SETTLE_SECONDS = 3;

  private final BenchCluster cluster;
  private final int readers;
  private final int stalled;
  private final int rate;
  private final int bytes;
  private final int maxUnsentBytes;
  private final Vertx vertx = Vertx.vertx();
  private final WebSocketClient sockets =
      vertx.createWebSocketClient(new WebSocketClientOptions().setMaxConnections(100_000));
  private final EventLoopGroup stalledLoops =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final List<String> sessions = new ArrayList<>();
  private final Histogram latency = new ConcurrentHistogram(TimeUnit.SECONDS.toNanos(60), 3);
  private final LongAdder readersLost = new LongAdder();
  private volatile boolean recording;
  private WebSocket publisher;

  private SlowReadersBench(BenchCluster cluster, List<Integer> numbers) {
    this.cluster = cluster;
    this.stalled = numbers.get(1);
    this.readers = numbers.get(0) - stalled;
    this.rate = numbers.get(2);
    this.bytes = numbers.get(3);
    this.maxUnsentBytes = numbers.get(5);
  }

  public static void main(String[] args) throws Exception {
    List<Integer> numbers = new ArrayList<>(List.of(5000, 1000, 5, 8000, 3, 1 << 20));
    for (int i = 0; i < args.length; i++) {
      numbers.set(i, Integer.valueOf(args[i]));
    }
    Map<String, String> settings =
        Map.of(
            "TRUNKLINE_MAX_UNSENT_BYTES",
            numbers.get(5).toString(),
            "TRUNKLINE_MAX_CONNECTIONS_PER_USER",
            "1000000");
    try (BenchCluster cluster = new BenchCluster(1, 1, settings)) {
      new SlowReadersBench(cluster, numbers).run(numbers.get(4));
      System.exit(0);
    } catch (Exception e) {
      log.error("bench_failed", e);
      System.exit(1);
    }
  }

  private void run(int rounds) throws Exception {
    for (int i = 0; i < SESSIONS; i++) {
      sessions.add(cluster.createSession("user" + i));
    }
    connectReaders();
    publisher = await(sockets.connect(upgrade(0)));
    int seconds = maxUnsentBytes / bytes / rate + SPARE_SECONDS;
    System.out.printf(
        "readers=%d stalled=%d rate/s=%d bytes=%d seconds=%d max_unsent_bytes=%d%n",
        readers, stalled, rate, bytes, seconds, maxUnsentBytes);
    part("warm-up", SPARE_SECONDS);
    double[] ratios = new double[rounds];
    for (int round = 0; round < rounds; round++) {
      double alone = part("round " + (round + 1) + " alone", seconds);
      ratios[round] = besideStalled("round " + (round + 1) + " beside stalled", seconds) / alone;
      System.out.printf("round %d: ratio of p99=%.2f%n", round + 1, ratios[round]);
    }
    Arrays.sort(ratios);
    System.out.printf(
        "ratios of p99: %s median=%.2f%n", Arrays.toString(ratios), ratios[rounds / 2]);
  }

  /** Its p99 in nanoseconds. */
  private double besideStalled(String name, int seconds) throws Exception {
    double closedBefore = closes();
    List<Channel> channels = new ArrayList<>();
    for (int i = 0; i < stalled; i++) {
      String session = sessions.get(i % SESSIONS);
      channels.add(
          StalledReader.connect(stalledLoops, cluster.httpPort(0), session, SUBSCRIPTION)
              .get(1, TimeUnit.MINUTES));
    }
    double p99 = part(name, seconds);
    System.out.printf("%s: closed_4202=%.0f%n", name, closes() - closedBefore);
    channels.forEach(channel -> channel.close().syncUninterruptibly());
    return p99;
  }

  /** Publishes for so long; prints what became of it, and gives the p99 in nanoseconds. */
  private double part(String name, int seconds) throws Exception {
    GatewayMemory before = GatewayMemory.of(cluster);
    GatewayMemory peak = before;
    long cpu = BenchCluster.cpuNanos(cluster.gateways());
    latency.reset();
    recording = true;
    long begin = System.nanoTime();
    for (int second = 0; second < seconds; second++) {
      publishForASecond(begin + TimeUnit.SECONDS.toNanos(second));
      peak = peak.max(GatewayMemory.of(cluster));
    }
    TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
    recording = false;
    System.out.printf(
        "%s: delivered=%d of %d p50=%.1f ms p99=%.1f ms max=%.1f ms gateway_cpu=%.2f load=%s%n",
        name,
        latency.getTotalCount(),
        (long) readers * rate * seconds,
        latency.getValueAtPercentile(50) / 1e6,
        latency.getValueAtPercentile(99) / 1e6,
        latency.getMaxValue() / 1e6,
        (BenchCluster.cpuNanos(cluster.gateways()) - cpu) / 1e9 / seconds,
        load());
    System.out.printf(
        "%s: readers_lost=%d before %s, peak %s%n", name, readersLost.sum(), before, peak);
    return latency.getValueAtPercentile(99);
  }

  private void publishForASecond(long begin) throws InterruptedException {
    String bulk = "x".repeat(bytes);
    for (int i = 0; i < rate; i++) {
      long due = begin + TimeUnit.SECONDS.toNanos(i) / rate;
      TimeUnit.NANOSECONDS.sleep(Math.max(0, due - System.nanoTime()));
      publisher.writeTextMessage(
          "{\"type\":\"publish\",\"channel\":\""
              + CHANNEL
              + "\",\"message\":{\"due\":"
              + due
              + ",\"bulk\":\""
              + bulk
              + "\"}}");
    }
  }

  private void connectReaders() throws Exception {
    for (int i = 0; i < readers; i += CONNECT_AT_ONCE) {
      List<Future<?>> connecting = new ArrayList<>();
      for (int j = i; j < Math.min(readers, i + CONNECT_AT_ONCE); j++) {
        connecting.add(sockets.connect(upgrade(j)).compose(this::subscribe));
      }
      await(Future.all(connecting));
    }
  }

  private Future<Void> subscribe(WebSocket socket) {
    socket.handler(this::onFrame);
    socket.closeHandler(closed -> readersLost.increment());
    return socket.writeTextMessage(SUBSCRIPTION);
  }

  private WebSocketConnectOptions upgrade(int number) {
    return new WebSocketConnectOptions()
        .setHost("127.0.0.1")
        .setPort(cluster.httpPort(0))
        .setURI("/ws")
        .addHeader("Authorization", "Bearer " + sessions.get(number % SESSIONS));
  }

  private void onFrame(Buffer frame) {
    if (recording && frame.length() > bytes) {
      latency.recordValue(Math.max(0, System.nanoTime() - due(frame)));
    }
  }

  private static long due(Buffer frame) {
    byte[] head = frame.getBytes(0, Math.min(HEAD_BYTES, frame.length()));
    int position = 0;
    while (!Arrays.equals(head, position, position + DUE.length, DUE, 0, DUE.length)) {
      position++;
    }
    long due = 0;
    for (int i = position + DUE.length; head[i] != ','; i++) {
      due = due * 10 + (head[i] - '0');
    }
    return due;
  }

  /** With 4202, since the gateway began. */
  private double closes() throws IOException, InterruptedException {
    return cluster.metric(0, "trunkline_closes_total", "code=\"4202\"");
  }

  private static String load() throws IOException {
    return Files.readString(Path.of("/proc/loadavg")).split(" ")[0];
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(2, TimeUnit.MINUTES);
  }
}
