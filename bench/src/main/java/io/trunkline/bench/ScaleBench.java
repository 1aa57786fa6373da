package io.trunkline.bench;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * How the cost of a message grows with idle connections, with idle channels, with a channel's
 * followers and with nodes, on one machine: the same small load beside more and more of what should
 * not matter. CPU time of the servers' processes, less what they take without the load. Writes for
 * each series its figures as JSON, a plot and a page with a table; what fails or is out of time is
 * told there, and the others go on. Files of series that are not asked for stay as they are.
 *
 * <p>Arguments: series with commas, or {@code all}; seconds of each measurement; most connections;
 * the directory to write to.
 */
public final class ScaleBench {
  /** All series together; what has not begun by then is left out. */
  private static final long BUDGET_SECONDS = 690;

  /** A process here may have 20,000 open files; some stay for the load itself. */
  private static final int CONNECTIONS_OF_A_PROCESS = 17_000;

  /** Of the load that is measured. */
  private static final int CLIENTS = 200;

  private static final int RATE = 2000;

  /** Of what one warm-up has cost, the next one saves less than the rest. */
  private static final double STEADY = 0.95;

  private static final int MOST_WARM_UPS = 6;

  /** A second; they cost Postgres most. */
  private static final int STORED_RATE = 500;

  /** After comers have come, until what they have set off is over. */
  private static final int SETTLE_SECONDS = 3;

  private static final String[] KINDS = {"gateways", "session", "postgres"};

  /** Deliveries a second of a fan-out, whatever the followers. */
  private static final int DELIVERIES = 20_000;

  private static final int MOST_PUBLISHED = 1000;
  private static final int[] FOLLOWERS = {1, 10, 100, 1000, 5000, 19_000};
  private static final int[] CHANNELS_EACH = {1, 10, 100};
  private static final int CHANNEL_HOLDERS = 1000;
  private static final int[] CONNECTIONS = {1000, 10_000, 50_000, 100_000};
  private static final int[] GATEWAYS = {1, 2, 4};

  /** A second, of the processes that hold what is idle. */
  private static final String COMERS = "1200";

  /**
   * Comers are never turned away: what is measured begins when all are there. Nobody is pinged, as
   * those who came together are pinged together, within one measurement and not another.
   */
  private static final Map<String, String> SETTINGS =
      Map.of(
          "TRUNKLINE_MAX_CHANNELS_PER_CONNECTION",
          "1000",
          "TRUNKLINE_MAX_LOOP_LAG_MILLIS",
          "60000",
          "TRUNKLINE_HEARTBEAT_SECONDS",
          "3600");

  private final int seconds;
  private final int mostConnections;
  private final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(BUDGET_SECONDS);

  private ScaleBench(int seconds, int mostConnections) {
    this.seconds = seconds;
    this.mostConnections = mostConnections;
  }

  public static void main(String[] args) throws Exception {
    String asked = args.length > 0 ? args[0] : "all";
    int seconds = args.length > 1 ? Integer.parseInt(args[1]) : 6;
    int connections = args.length > 2 ? Integer.parseInt(args[2]) : 100_000;
    Path out = Path.of(args.length > 3 ? args[3] : "docs/scale");
    String names = asked.equals("all") ? "connections,followers,channels,nodes" : asked;
    ScalePage page = new ScalePage(out, String.join(" ", args));
    ScaleBench bench = new ScaleBench(seconds, connections);
    for (String name : names.split(",")) {
      // After each, so that an end from outside leaves what there is.
      page.write(bench.series(name));
    }
    System.out.println("written: " + out);
    System.exit(0);
  }

  private ScaleSeries series(String name) throws InterruptedException {
    ScaleSeries series = empty(name);
    String began = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    String load = ScalePage.load();
    try {
      switch (name) {
        case "connections" -> connections(series);
        case "channels" -> channels(series);
        case "followers" -> followers(series);
        default -> nodes(series);
      }
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      series.note("ended early: " + e.getMessage());
    }
    series.note("began " + began + ", load before " + load + ", after " + ScalePage.load());
    return series;
  }

  private static ScaleSeries empty(String name) {
    List<String> message = List.of(column("gateways"), column("session"));
    return switch (name) {
      case "connections" ->
          new ScaleSeries(
              name, "A message beside idle connections, µs", "idle connections", message, message);
      case "channels" ->
          new ScaleSeries(
              name, "A message beside idle channels, µs", "idle channels", message, message);
      case "followers" ->
          new ScaleSeries(name, "A delivery of a fan-out, µs", "followers", message, List.of());
      case "nodes" ->
          new ScaleSeries(
              name,
              "A message in a cluster of so many nodes, µs",
              "nodes",
              List.of(
                  column("gateways"),
                  column("session"),
                  "stored: " + column("gateways"),
                  "stored: " + column("session")),
              List.of());
      default ->
          throw new IllegalArgumentException(
              "expected connections, channels, followers or nodes, was " + name);
    };
  }

  private static String column(String kind) {
    return kind.equals("session") ? "session services" : kind;
  }

  /** More and more connections, which are held by processes that each hold as many as they may. */
  private void connections(ScaleSeries series) throws Exception {
    int gateways = (mostConnections + CLIENTS) / CONNECTIONS_OF_A_PROCESS + 1;
    List<LoadTool.Held> held = new ArrayList<>();
    try (BenchCluster cluster = new BenchCluster(gateways, 1, SETTINGS)) {
      LoadTool tool = new LoadTool(cluster);
      warmUp(series, cluster, tool);
      long before = liveBytes(cluster);
      long residentBefore = residentBytes(cluster);
      int there = 0;
      for (int size : CONNECTIONS) {
        if (size > mostConnections || isLate(series, size)) {
          break;
        }
        while (there < size) {
          int some = Math.min(CONNECTIONS_OF_A_PROCESS, size - there);
          held.add(tool.hold("idle", "-c", "" + some, "--connect-rate", COMERS));
          there += some;
        }
        int open = cluster.connections();
        if (open != size) {
          series.note(open + " of " + size + " connections are open");
        }
        double[] idle = message(series, cluster, tool, size);
        series.put(size, "idle gateways, µs a second and connection", idle[0] * 1e6 / size);
        series.put(size, "live heap and direct, KB each", kb(liveBytes(cluster) - before, size));
        series.put(size, "resident, KB each", kb(residentBytes(cluster) - residentBefore, size));
      }
      series.note(
          gateways + " gateways, one session service, " + held.size() + " client processes");
      for (int i = held.size() - 1; i > 0; i--) {
        held.remove(i).close();
      }
      again(series, cluster, tool);
    } finally {
      for (LoadTool.Held one : held) {
        one.close();
      }
    }
  }

  private static double kb(long bytes, int count) {
    return bytes / 1000.0 / count;
  }

  /** The same connections, which follow more and more channels of their own. */
  private void channels(ScaleSeries series) throws Exception {
    try (BenchCluster cluster = new BenchCluster(2, 1, SETTINGS)) {
      LoadTool tool = new LoadTool(cluster);
      warmUp(series, cluster, tool);
      for (int each : CHANNELS_EACH) {
        int size = each * CHANNEL_HOLDERS;
        if (isLate(series, size)) {
          break;
        }
        String holders = "" + CHANNEL_HOLDERS;
        try (LoadTool.Held held = tool.hold("idle", "-c", holders, "--channels", "" + each)) {
          message(series, cluster, tool, size);
        }
      }
      try (LoadTool.Held held = tool.hold("idle", "-c", "" + CHANNEL_HOLDERS, "--channels", "1")) {
        again(series, cluster, tool);
      }
    }
  }

  private void followers(ScaleSeries series) throws Exception {
    try (BenchCluster cluster = new BenchCluster(2, 1, SETTINGS)) {
      LoadTool tool = new LoadTool(cluster);
      warmUp(series, cluster, tool);
      fanOut(series, tool, cluster, FOLLOWERS[3]);
      for (int followers : FOLLOWERS) {
        if (isLate(series, followers)) {
          break;
        }
        JsonObject result = fanOut(series, tool, cluster, followers);
        double[] idle = idle(cluster);
        put(series, followers, "", result, idle);
        series.put(followers, "p99, ms", result.getJsonObject("latency_ms").getDouble("p99"));
        series.put(followers, "published a second", published(followers));
      }
    }
  }

  private static double published(int followers) {
    return Math.min(MOST_PUBLISHED, Math.max(1, DELIVERIES / followers));
  }

  private JsonObject fanOut(ScaleSeries series, LoadTool tool, BenchCluster cluster, int followers)
      throws IOException, InterruptedException {
    return measure(series, tool, cluster, "fan-out", followers, published(followers));
  }

  /** As many session services as gateways; each size is a cluster of its own. */
  private void nodes(ScaleSeries series) throws Exception {
    for (int gateways : GATEWAYS) {
      int nodes = 2 * gateways;
      if (isLate(series, nodes)) {
        break;
      }
      try (BenchCluster cluster = new BenchCluster(gateways, gateways, SETTINGS)) {
        LoadTool tool = new LoadTool(cluster);
        warmUp(series, cluster, tool);
        measure(series, tool, cluster, "private-durable", CLIENTS, STORED_RATE);
        double[] idle = message(series, cluster, tool, nodes);
        put(
            series,
            nodes,
            "stored: ",
            measure(series, tool, cluster, "private-durable", CLIENTS, STORED_RATE),
            idle);
        series.put(nodes, "a node at rest, ms a second", (idle[0] + idle[1]) * 1e3 / nodes);
      }
    }
  }

  /**
   * Until a message costs as much as it did before: compilers have then done most of what they do,
   * which takes the longer the more processes share a core.
   */
  private void warmUp(ScaleSeries series, BenchCluster cluster, LoadTool tool)
      throws IOException, InterruptedException {
    tool.measure(
        series::note,
        "private-live",
        "-c",
        "" + CLIENTS,
        "-r",
        "4000",
        "-s",
        "10",
        "--warmup",
        "0");
    double[] atRest = {0, 0, 0};
    double before = Double.MAX_VALUE;
    for (int i = 0; i < MOST_WARM_UPS; i++) {
      JsonObject result = measure(series, tool, cluster, "private-live", CLIENTS, RATE);
      double now = each(result, atRest, 0) + each(result, atRest, 1);
      if (now > STEADY * before) {
        return;
      }
      before = now;
    }
    series.note("a message was still getting cheaper after " + MOST_WARM_UPS + " warm-ups");
  }

  private JsonObject measure(
      ScaleSeries series,
      LoadTool tool,
      BenchCluster cluster,
      String scenario,
      int connections,
      double rate)
      throws IOException, InterruptedException {
    return tool.measure(
        series::note,
        scenario,
        "-c",
        "" + connections,
        "-r",
        "" + rate,
        "-s",
        "" + seconds,
        "--warmup",
        "3",
        "--connect-rate",
        COMERS,
        "--pid",
        ShortSet.pids(cluster));
  }

  /** What the nodes take at rest, in cores: gateways, session services, Postgres. */
  private double[] message(ScaleSeries series, BenchCluster cluster, LoadTool tool, int size)
      throws IOException, InterruptedException {
    TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
    JsonObject result = measure(series, tool, cluster, "private-live", CLIENTS, RATE);
    double[] idle = idle(cluster);
    put(series, size, "", result, idle);
    return idle;
  }

  private void again(ScaleSeries series, BenchCluster cluster, LoadTool tool)
      throws IOException, InterruptedException {
    TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
    JsonObject result = measure(series, tool, cluster, "private-live", CLIENTS, RATE);
    double[] idle = idle(cluster);
    for (int i = 0; i < 2; i++) {
      series.again(column(KINDS[i]), each(result, idle, i));
    }
  }

  private static void put(
      ScaleSeries series, int size, String prefix, JsonObject result, double[] idle) {
    for (int i = 0; i < KINDS.length; i++) {
      if (i < 2 || !prefix.isEmpty()) {
        series.put(size, prefix + column(KINDS[i]), each(result, idle, i));
      }
    }
    System.out.printf("%s %d done%n", series.name(), size);
  }

  /** In µs for each message that came, less what the processes take at rest. */
  private static double each(JsonObject result, double[] idle, int kind) {
    double cpu = result.getJsonObject("cpu").getJsonObject(KINDS[kind]).getDouble("seconds");
    double cores = cpu / result.getDouble("seconds") - idle[kind];
    return cores * 1e6 / result.getDouble("received_per_second");
  }

  private double[] idle(BenchCluster cluster) throws InterruptedException {
    long begin = System.nanoTime();
    long[] before = cluster.cpuNanos();
    TimeUnit.SECONDS.sleep(seconds);
    long[] after = cluster.cpuNanos();
    double nanos = System.nanoTime() - begin;
    double[] cores = new double[before.length];
    for (int i = 0; i < cores.length; i++) {
      cores[i] = (after[i] - before[i]) / nanos;
    }
    return cores;
  }

  /** Heap and direct memory of all gateways, after a collection. */
  private static long liveBytes(BenchCluster cluster) throws IOException, InterruptedException {
    long sum = 0;
    for (int i = 0; i < cluster.gateways().size(); i++) {
      cluster.collect(i);
      sum += (long) cluster.metric(i, "jvm_memory_used_bytes", "area=\"heap\"");
      sum += (long) cluster.metric(i, "jvm_buffer_memory_used_bytes", "id=\"direct\"");
    }
    return sum;
  }

  private static long residentBytes(BenchCluster cluster) throws IOException {
    long sum = 0;
    for (Process gateway : cluster.gateways()) {
      sum += BenchCluster.memoryKib(gateway, "VmRSS") << 10;
    }
    return sum;
  }

  private boolean isLate(ScaleSeries series, int size) {
    boolean late = System.nanoTime() - deadline > 0;
    if (late) {
      series.note(size + " and what is beyond it was left out, as the time was over");
    }
    return late;
  }
}
