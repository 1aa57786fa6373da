package io.trunkline.cluster;

import io.trunkline.testing.Ports;
import io.vertx.core.net.SocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Gateways and session services, each a JVM of its own, against one Postgres. */
final class ProcessCluster implements AutoCloseable {
  static final String API_KEY = "a-key-for-tests";

  private final String prefix;
  private final Map<String, Site> sites;
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
    this(prefix, gatewayCount, serviceCount, databaseUrl, extra, name -> Site.HERE);
  }

  /** As above, each node where {@code sites} says for its name. */
  ProcessCluster(
      String prefix,
      int gatewayCount,
      int serviceCount,
      String databaseUrl,
      Map<String, String> extra,
      Function<String, Site> sites) {
    this.prefix = prefix;
    List<String> names = names(gatewayCount, serviceCount);
    this.sites = names.stream().collect(Collectors.toMap(name -> name, sites));
    List<Integer> clusterPorts = Ports.free(gatewayCount + serviceCount);
    this.httpPorts = Ports.free(gatewayCount);
    String members =
        IntStream.range(0, names.size())
            .mapToObj(i -> site(names.get(i)).clusterHost() + ":" + clusterPorts.get(i))
            .collect(Collectors.joining(","));
    for (int i = 0; i < serviceCount; i++) {
      Map<String, String> environment =
          environment("session" + i, clusterPorts.get(gatewayCount + i), members, extra);
      environment.put("TRUNKLINE_DATABASE_URL", databaseUrl);
      services.add(node("session" + i, "trunkline.session-verticle.jar", environment));
    }
    for (int i = 0; i < gatewayCount; i++) {
      Map<String, String> environment =
          environment("gateway" + i, clusterPorts.get(i), members, extra);
      environment.put("TRUNKLINE_HTTP_HOST", site("gateway" + i).serviceHost());
      environment.put("TRUNKLINE_HTTP_PORT", Integer.toString(httpPorts.get(i)));
      environment.put("TRUNKLINE_API_KEY", API_KEY);
      environment.put("TRUNKLINE_API_RATE", "100000");
      gateways.add(node("gateway" + i, "trunkline.gateway.jar", environment));
    }
  }

  /** In the order of the cluster ports. */
  private static List<String> names(int gatewayCount, int serviceCount) {
    return Stream.concat(
            IntStream.range(0, gatewayCount).mapToObj(i -> "gateway" + i),
            IntStream.range(0, serviceCount).mapToObj(i -> "session" + i))
        .toList();
  }

  private NodeProcess node(String role, String jarProperty, Map<String, String> environment) {
    return new NodeProcess(prefix + "-" + role, jarProperty, environment, site(role));
  }

  private Site site(String role) {
    return sites.get(role);
  }

  private Map<String, String> environment(
      String role, int clusterPort, String members, Map<String, String> extra) {
    Map<String, String> environment = new HashMap<>();
    environment.put("TRUNKLINE_NODE_NAME", role);
    environment.put("TRUNKLINE_CLUSTER_NAME", prefix);
    environment.put("TRUNKLINE_CLUSTER_PORT", Integer.toString(clusterPort));
    environment.put("TRUNKLINE_CLUSTER_MEMBERS", members);
    environment.put("TRUNKLINE_CLUSTER_HOST", site(role).clusterHost());
    environment.put("TRUNKLINE_BUS_HOST", site(role).busHost());
    environment.put("TRUNKLINE_MANAGEMENT_HOST", site(role).serviceHost());
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

  /** Where clients connect. */
  SocketAddress gatewayAddress(int gateway) {
    return SocketAddress.inetSocketAddress(
        httpPorts.get(gateway), site("gateway" + gateway).serviceHost());
  }

  List<SocketAddress> gatewayAddresses() {
    return IntStream.range(0, gateways.size()).mapToObj(this::gatewayAddress).toList();
  }

  String wsUri(int gateway) {
    return "ws://" + gatewayAddress(gateway) + "/ws";
  }

  /** As its {@link Site} was asked for: {@code gateway0}, {@code session1}. */
  String roleOf(NodeProcess node) {
    return node.name().substring(prefix.length() + 1);
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
