package io.trunkline.cluster;

import io.trunkline.testing.Ports;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Gateways and session services, each a JVM of its own, against one Postgres. */
final class ProcessCluster implements AutoCloseable {
  static final String API_KEY = "a-key-for-tests";

  private final String prefix;
  private final List<Integer> clusterPorts;
  private final List<Integer> httpPorts;
  private final List<NodeProcess> gateways = new ArrayList<>();
  private final List<NodeProcess> services = new ArrayList<>();

  /**
   * Lays the cluster out; nothing runs yet.
   *
   * @param prefix begins the names of nodes, cluster and log files
   * @param extra settings of every node
   */
  ProcessCluster(
      String prefix,
      int gatewayCount,
      int serviceCount,
      String databaseUrl,
      Map<String, String> extra) {
    this.prefix = prefix;
    this.clusterPorts = Ports.free(gatewayCount + serviceCount);
    this.httpPorts = Ports.free(gatewayCount);
    for (int i = 0; i < serviceCount; i++) {
      Map<String, String> environment =
          environment("session" + i, clusterPorts.get(gatewayCount + i), extra);
      environment.put("TRUNKLINE_DATABASE_URL", databaseUrl);
      services.add(
          new NodeProcess(prefix + "-session" + i, "trunkline.session-verticle.jar", environment));
    }
    for (int i = 0; i < gatewayCount; i++) {
      Map<String, String> environment = environment("gateway" + i, clusterPorts.get(i), extra);
      environment.put("TRUNKLINE_HTTP_HOST", "127.0.0.1");
      environment.put("TRUNKLINE_HTTP_PORT", Integer.toString(httpPorts.get(i)));
      environment.put("TRUNKLINE_API_KEY", API_KEY);
      gateways.add(new NodeProcess(prefix + "-gateway" + i, "trunkline.gateway.jar", environment));
    }
  }

  private Map<String, String> environment(String role, int clusterPort, Map<String, String> extra) {
    Map<String, String> environment = new HashMap<>();
    environment.put("TRUNKLINE_NODE_NAME", role);
    environment.put("TRUNKLINE_CLUSTER_NAME", prefix);
    environment.put("TRUNKLINE_CLUSTER_PORT", Integer.toString(clusterPort));
    environment.put(
        "TRUNKLINE_CLUSTER_MEMBERS",
        clusterPorts.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(",")));
    environment.put("TRUNKLINE_MANAGEMENT_PORT", Integer.toString(Ports.free()));
    environment.put("TRUNKLINE_EVENT_LOOPS", "2");
    environment.putAll(extra);
    return environment;
  }

  /** All at once, and waits until each is ready. */
  ProcessCluster start() {
    all().forEach(NodeProcess::start);
    all().forEach(NodeProcess::awaitReady);
    return this;
  }

  Stream<NodeProcess> all() {
    return Stream.concat(services.stream(), gateways.stream());
  }

  List<NodeProcess> gateways() {
    return gateways;
  }

  List<NodeProcess> services() {
    return services;
  }

  int httpPort(int gateway) {
    return httpPorts.get(gateway);
  }

  List<Integer> httpPorts() {
    return httpPorts;
  }

  String wsUri(int gateway) {
    return "ws://127.0.0.1:" + httpPorts.get(gateway) + "/ws";
  }

  int indexOf(NodeProcess gateway) {
    return IntStream.range(0, gateways.size())
        .filter(i -> gateways.get(i) == gateway)
        .findFirst()
        .orElseThrow();
  }

  @Override
  public void close() {
    all().forEach(NodeProcess::close);
  }
}
