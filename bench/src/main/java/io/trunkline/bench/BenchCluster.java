package io.trunkline.bench;

import io.trunkline.postgres.FreePorts;
import io.trunkline.postgres.LocalPostgres;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The real jars as processes, and a Postgres with fsync, all on this machine. Run from the root of
 * the checkout.
 */
final class BenchCluster implements AutoCloseable {
  static final String API_KEY = "bench";
  private static final int START_SECONDS = 180;

  /** After SIGTERM; a gateway drains first. */
  private static final int STOP_SECONDS = 90;

  /** Of one node. */
  private static final int MOST_STARTS = 5;

  private static final int COLLECT_SECONDS = 30;
  private static final Pattern SESSION_ID = Pattern.compile("\"session_id\":\"([^\"]+)\"");

  private final LocalPostgres postgres = LocalPostgres.start();
  private final HttpClient http = HttpClient.newHttpClient();
  private final List<Process> gateways = new ArrayList<>();
  private final List<Process> services = new ArrayList<>();
  private final List<Integer> httpPorts = new ArrayList<>();
  private final List<Integer> managementPorts = new ArrayList<>();
  private final List<Integer> clusterPorts = new ArrayList<>();
  private final String members;
  private final Map<String, String> extra;

  BenchCluster(int gatewayCount, int serviceCount) throws Exception {
    this(gatewayCount, serviceCount, Map.of());
  }

  /** With settings of every node beside the bench's own. */
  BenchCluster(int gatewayCount, int serviceCount, Map<String, String> extra) throws Exception {
    this.extra = extra;
    Runtime.getRuntime().addShutdownHook(new Thread(this::stopNodes, "stop-nodes"));
    for (int i = 0; i < gatewayCount + serviceCount; i++) {
      clusterPorts.add(FreePorts.one());
    }
    members =
        clusterPorts.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","));
    for (int i = 0; i < serviceCount + gatewayCount; i++) {
      managementPorts.add(FreePorts.one());
    }
    for (int i = 0; i < serviceCount; i++) {
      services.add(startService(i));
    }
    for (int i = 0; i < gatewayCount; i++) {
      httpPorts.add(FreePorts.one());
      gateways.add(startGateway(i));
    }
    awaitReady();
  }

  private Process startService(int service) throws IOException {
    return start("session-verticle/target/session-verticle.jar", service, 0);
  }

  private Process startGateway(int gateway) throws IOException {
    return start("gateway/target/gateway.jar", services.size() + gateway, httpPorts.get(gateway));
  }

  /** How a node was replaced: in seconds, from SIGTERM to its end, and from there until ready. */
  record Restart(int exitCode, double stopSeconds, double startSeconds) {}

  Restart restartService(int service) throws IOException, InterruptedException {
    return restart(services, service, service, () -> startService(service));
  }

  Restart restartGateway(int gateway) throws IOException, InterruptedException {
    int node = services.size() + gateway;
    return restart(gateways, gateway, node, () -> startGateway(gateway));
  }

  /** Of a process that is started anew. */
  private interface Start {
    Process start() throws IOException;
  }

  private Restart restart(List<Process> processes, int index, int node, Start start)
      throws IOException, InterruptedException {
    Process old = processes.get(index);
    long begun = System.nanoTime();
    old.destroy();
    if (!old.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException("a node has not ended " + STOP_SECONDS + " s after SIGTERM");
    }
    long ended = System.nanoTime();
    processes.set(index, start.start());
    awaitReady(node);
    long ready = System.nanoTime();
    return new Restart(old.exitValue(), (ended - begun) / 1e9, (ready - ended) / 1e9);
  }

  int httpPort(int gateway) {
    return httpPorts.get(gateway);
  }

  List<Process> gateways() {
    return gateways;
  }

  List<Process> services() {
    return services;
  }

  /** Of the postmaster, whose children the others are. */
  long postgresPid() {
    return postgres.pid();
  }

  String name() {
    return "bench-" + ProcessHandle.current().pid();
  }

  /** Where nodes find this cluster, {@code host:port} separated by commas. */
  String members() {
    return members;
  }

  /** A counter of {@code /metrics}, of all nodes together. */
  double sum(String counter) throws IOException, InterruptedException {
    double sum = 0;
    for (int port : managementPorts) {
      URI uri = URI.create("http://127.0.0.1:" + port + "/metrics");
      HttpRequest request = HttpRequest.newBuilder(uri).build();
      String page = http.send(request, HttpResponse.BodyHandlers.ofString()).body();
      sum +=
          page.lines()
              .filter(line -> line.startsWith(counter + " "))
              .mapToDouble(line -> Double.parseDouble(line.substring(counter.length() + 1)))
              .sum();
    }
    return sum;
  }

  String createSession(String user) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + httpPorts.get(0) + "/api/sessions"))
            .header("Authorization", "Bearer " + API_KEY)
            .POST(HttpRequest.BodyPublishers.ofString("{\"user\":\"" + user + "\"}"))
            .build();
    String body = http.send(request, HttpResponse.BodyHandlers.ofString()).body();
    Matcher id = SESSION_ID.matcher(body);
    if (!id.find()) {
      throw new IOException("no session: " + body);
    }
    return id.group(1);
  }

  /** The sum of a gateway's series of this name that have this label, as Prometheus writes it. */
  double metric(int gateway, String name, String label) throws IOException, InterruptedException {
    int port = managementPorts.get(services.size() + gateway);
    URI uri = URI.create("http://127.0.0.1:" + port + "/metrics");
    return http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofLines())
        .body()
        .filter(line -> line.startsWith(name + "{") && line.contains(label))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  /** WebSockets of all gateways. */
  int connections() throws IOException, InterruptedException {
    double sum = 0;
    for (int i = 0; i < gateways.size(); i++) {
      sum += metric(i, "trunkline_connections", "endpoint");
    }
    return (int) sum;
  }

  /** CPU that these processes have used since their start, in nanoseconds. */
  static long cpuNanos(List<Process> processes) {
    return processes.stream()
        .mapToLong(p -> p.info().totalCpuDuration().orElseThrow().toNanos())
        .sum();
  }

  /** The same of gateways, session services and Postgres with its children. */
  long[] cpuNanos() {
    ProcessHandle postmaster = ProcessHandle.of(postgresPid()).orElseThrow();
    long database =
        Stream.concat(Stream.of(postmaster), postmaster.descendants())
            .mapToLong(p -> p.info().totalCpuDuration().map(d -> d.toNanos()).orElse(0L))
            .sum();
    return new long[] {cpuNanos(gateways), cpuNanos(services), database};
  }

  /** Lets a gateway's JVM collect its garbage. */
  void collect(int gateway) throws IOException, InterruptedException {
    Process jcmd =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                Long.toString(gateways.get(gateway).pid()),
                "GC.run")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (!jcmd.waitFor(COLLECT_SECONDS, TimeUnit.SECONDS)) {
      jcmd.destroyForcibly();
    }
  }

  /** A line of the kernel's account of a process, in KiB: VmRSS now, VmHWM at its peak. */
  static long memoryKib(Process process, String line) throws IOException {
    for (String text : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
      if (text.startsWith(line + ":")) {
        return Long.parseLong(text.replaceAll("\\D", ""));
      }
    }
    throw new IOException("no " + line);
  }

  @Override
  public void close() {
    stopNodes();
    postgres.close();
  }

  /** Also where the bench is ended from outside; Postgres sees to itself. */
  private void stopNodes() {
    List.copyOf(gateways).forEach(Process::destroyForcibly);
    List.copyOf(services).forEach(Process::destroyForcibly);
  }

  private Process start(String jar, int node, int httpPort) throws IOException {
    Map<String, String> environment = new HashMap<>();
    int clusterPort = clusterPorts.get(node);
    int managementPort = managementPorts.get(node);
    environment.put("TRUNKLINE_CLUSTER_PORT", Integer.toString(clusterPort));
    environment.put("TRUNKLINE_CLUSTER_MEMBERS", members);
    environment.put("TRUNKLINE_CLUSTER_NAME", name());
    environment.put("TRUNKLINE_MANAGEMENT_PORT", Integer.toString(managementPort));
    environment.put("TRUNKLINE_DATABASE_URL", postgres.url("postgres"));
    environment.put("TRUNKLINE_HTTP_HOST", "127.0.0.1");
    environment.put("TRUNKLINE_HTTP_PORT", Integer.toString(httpPort));
    environment.put("TRUNKLINE_API_KEY", API_KEY);
    environment.put("TRUNKLINE_API_RATE", "1000000");
    environment.put("TRUNKLINE_REQUEST_RATE", "1000000");
    environment.put("TRUNKLINE_REQUEST_BURST", "1000000");
    environment.put("TRUNKLINE_MAX_CONNECTIONS_PER_ADDRESS", "1000000");
    environment.putAll(extra);
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx1g",
            "-jar",
            jar);
    builder.environment().putAll(environment);
    Path log = Path.of("bench", "target", "node-" + clusterPort + ".log");
    Files.createDirectories(log.getParent());
    return builder
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
        .start();
  }

  private void awaitReady() throws InterruptedException, IOException {
    for (int node = 0; node < managementPorts.size(); node++) {
      awaitReady(node);
    }
  }

  /** A node that could not start, on a machine that is busy, is started again, as it would be. */
  private void awaitReady(int node) throws InterruptedException, IOException {
    int port = managementPorts.get(node);
    int attempts = 1;
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (!isReady(port)) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("a node is not ready; see bench/target");
      }
      if (!process(node).isAlive() && attempts++ < MOST_STARTS) {
        startAgain(node);
      }
      TimeUnit.MILLISECONDS.sleep(100);
    }
  }

  /** Session services come first. */
  private Process process(int node) {
    return node < services.size() ? services.get(node) : gateways.get(node - services.size());
  }

  private void startAgain(int node) throws IOException {
    if (node < services.size()) {
      services.set(node, startService(node));
    } else {
      int gateway = node - services.size();
      gateways.set(gateway, startGateway(gateway));
    }
  }

  private boolean isReady(int port) throws InterruptedException {
    try {
      URI uri = URI.create("http://127.0.0.1:" + port + "/health/ready");
      return http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.discarding())
              .statusCode()
          == 200;
    } catch (IOException e) {
      return false;
    }
  }
}
