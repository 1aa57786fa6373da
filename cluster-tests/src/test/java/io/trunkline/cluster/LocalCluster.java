package io.trunkline.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.gateway.Gateway;
import io.trunkline.gateway.GatewaySettings;
import io.trunkline.node.ClusterSettings;
import io.trunkline.node.Node;
import io.trunkline.node.Role;
import io.trunkline.session.SessionRules;
import io.trunkline.session.SessionService;
import io.trunkline.session.SessionServiceSettings;
import io.trunkline.testing.Await;
import io.trunkline.testing.Ports;
import io.trunkline.testing.TestPostgres;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Gateways and session services in this JVM, each in a clustered Vert.x of its own as if it were a
 * process, around one database. Starts before the tests of a class and ends after them; the clients
 * of a test end with the test.
 */
final class LocalCluster implements BeforeAllCallback, AfterEachCallback, AfterAllCallback {
  /** Several Hazelcasts that start at once on a busy machine. */
  static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Nodes that one class may start, one after another; each member is told of all the ports. */
  private static final int MOST_NODES = 12;

  private static final int EVENT_LOOPS = 2;
  private static final int POOL_SIZE = 4;
  private static final int SESSION_TTL_SECONDS = 3600;
  private static final int RETENTION_HOURS = 168;

  private final String name = "test-" + UUID.randomUUID();
  private final List<Integer> ports = Ports.free(MOST_NODES);
  private final AtomicInteger joined = new AtomicInteger();
  private final List<LocalGateway> gateways = new CopyOnWriteArrayList<>();
  private final List<LocalService> services = new CopyOnWriteArrayList<>();
  private final List<Client> clients = new ArrayList<>();
  private final Supplier<String> database;
  private final int gatewayCount;
  private final int serviceCount;
  private String databaseUrl;

  /** A gateway and its node. */
  record LocalGateway(Node node, Gateway gateway) {
    String wsUri() {
      return "ws://127.0.0.1:" + gateway.port() + "/ws";
    }

    ServerApi api() {
      return new ServerApi(gateway.port());
    }

    Future<Void> stop() {
      return gateway.stop().eventually(node::leave);
    }
  }

  /** A session service and its node. */
  record LocalService(Node node, SessionService service) {
    Future<Void> stop() {
      return service.stop().eventually(node::leave);
    }
  }

  /** What session services are told of sessions; as they please where nobody says otherwise. */
  private SessionRules sessions = SessionRules.of(SESSION_TTL_SECONDS);

  /** Null: as they are by default. */
  private String[] channels;

  private LocalCluster(int gatewayCount, int serviceCount, Supplier<String> database) {
    this.gatewayCount = gatewayCount;
    this.serviceCount = serviceCount;
    this.database = database;
  }

  static LocalCluster of(int gateways, int services) {
    return new LocalCluster(gateways, services, TestPostgres::freshDatabase);
  }

  /** On a database of the test's own; asked for when the cluster starts. */
  static LocalCluster of(int gateways, int services, Supplier<String> databaseUrl) {
    return new LocalCluster(gateways, services, databaseUrl);
  }

  /** With these rules for channels, instead of those that hold by default. */
  LocalCluster withChannels(String... rules) {
    channels = rules;
    return this;
  }

  LocalCluster withSessions(SessionRules rules) {
    sessions = rules;
    return this;
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    databaseUrl = database.get();
    List<Future<?>> starting = new ArrayList<>();
    for (int i = 0; i < serviceCount; i++) {
      starting.add(startService());
    }
    for (int i = 0; i < gatewayCount; i++) {
      starting.add(startGateway(Map.of()));
    }
    Await.result(Future.all(starting), PATIENCE);
    awaitMembers();
  }

  @Override
  public void afterEach(ExtensionContext context) {
    clients.forEach(Client::close);
    clients.clear();
    Await.until(
        () -> gateways.stream().allMatch(gateway -> gateway.gateway().connections() == 0),
        "no connection is left after the test");
  }

  @Override
  public void afterAll(ExtensionContext context) {
    Await.result(Future.join(gateways.stream().map(LocalGateway::stop).toList()), PATIENCE);
    Await.result(Future.join(services.stream().map(LocalService::stop).toList()), PATIENCE);
  }

  String databaseUrl() {
    return databaseUrl;
  }

  LocalGateway gateway(int index) {
    return gateways.get(index);
  }

  List<LocalGateway> gateways() {
    return gateways;
  }

  LocalService service(int index) {
    return services.get(index);
  }

  /** Another gateway, with these settings beside the tests' own. */
  LocalGateway addGateway(Map<String, String> settings) {
    LocalGateway started = Await.result(startGateway(settings), PATIENCE);
    awaitMembers();
    return started;
  }

  LocalService addService() {
    LocalService started = Await.result(startService(), PATIENCE);
    awaitMembers();
    return started;
  }

  /** Gracefully, as SIGTERM does. */
  void remove(LocalGateway gateway) {
    Await.result(gateway.stop(), PATIENCE);
    gateways.remove(gateway);
  }

  /** Gracefully, as SIGTERM does. */
  void remove(LocalService service) {
    Await.result(service.stop(), PATIENCE);
    services.remove(service);
  }

  Future<LocalGateway> startGateway(Map<String, String> settings) {
    return join("gateway", Role.GATEWAY)
        .compose(
            node ->
                Gateway.start(node, gatewaySettings(settings), router -> {})
                    .map(gateway -> new LocalGateway(node, gateway)))
        .onSuccess(gateways::add);
  }

  Future<LocalService> startService() {
    SessionServiceSettings settings =
        new SessionServiceSettings(databaseUrl, POOL_SIZE, SESSION_TTL_SECONDS, RETENTION_HOURS)
            .withSessions(sessions);
    SessionServiceSettings all = channels == null ? settings : settings.withChannels(channels);
    return join("session", Role.SESSION)
        .compose(
            node -> SessionService.start(node, all).map(service -> new LocalService(node, service)))
        .onSuccess(services::add);
  }

  /** A new session of {@code user} and a connection with it, closed at the end of the test. */
  Client client(int gateway, String user) {
    return client(gateways.get(gateway), user);
  }

  Client client(LocalGateway gateway, String user) {
    return keep(Client.connect(gateway.wsUri(), gateway.api().login(user)));
  }

  /** Gives the one session of {@code user} these permissions, by plain SQL. */
  void permit(String user, String permissions) throws Exception {
    String sql = "update trunkline.session set permissions = ?::text[] where user_name = ?";
    try (var connection = TestPostgres.connect(databaseUrl);
        var statement = connection.prepareStatement(sql)) {
      statement.setString(1, permissions);
      statement.setString(2, user);
      assertThat(statement.executeUpdate()).isEqualTo(1);
    }
  }

  /** Closes {@code client} at the end of the test. */
  Client keep(Client client) {
    clients.add(client);
    return client;
  }

  /** By which a process of its own finds this cluster, on a port of its own. */
  Map<String, String> settingsToJoin() {
    return Map.of(
        "TRUNKLINE_CLUSTER_NAME",
        name,
        "TRUNKLINE_CLUSTER_HOST",
        "127.0.0.1",
        "TRUNKLINE_CLUSTER_PORT",
        String.valueOf(Ports.free()),
        "TRUNKLINE_CLUSTER_MEMBERS",
        "127.0.0.1:" + ports.get(0) + ",127.0.0.1:" + ports.get(1));
  }

  /** A node that is neither; it leaves with {@link Node#leave}. */
  Node joinOther() {
    return Await.result(join("other", Role.OTHER), PATIENCE);
  }

  private Future<Node> join(String role, Role as) {
    int number = joined.getAndIncrement();
    List<String> members = ports.stream().map(port -> "127.0.0.1:" + port).toList();
    return Node.join(
        new ClusterSettings(
            role + "-" + number,
            "127.0.0.1",
            ports.get(number),
            members,
            name,
            "127.0.0.1",
            0,
            EVENT_LOOPS),
        as);
  }

  /** No limits but those that a test asks for. */
  private static GatewaySettings gatewaySettings(Map<String, String> extra) {
    Map<String, String> settings = new HashMap<>();
    settings.put("TRUNKLINE_HTTP_HOST", "127.0.0.1");
    settings.put("TRUNKLINE_HTTP_PORT", "0");
    settings.put("TRUNKLINE_API_KEY", ServerApi.KEY);
    settings.put("TRUNKLINE_API_RATE", "100000");
    settings.put("TRUNKLINE_REQUEST_RATE", "100000");
    settings.put("TRUNKLINE_REQUEST_BURST", "100000");
    settings.put("TRUNKLINE_DRAIN_SECONDS", "1");
    settings.putAll(extra);
    return GatewaySettings.of(settings);
  }

  private void awaitMembers() {
    Await.until(() -> nodes().allMatch(this::seesAll), PATIENCE, "every node sees all the others");
  }

  private Stream<Node> nodes() {
    return Stream.concat(
        gateways.stream().map(LocalGateway::node), services.stream().map(LocalService::node));
  }

  private boolean seesAll(Node node) {
    return node.members().of(Role.GATEWAY).size() == gateways.size()
        && node.members().of(Role.SESSION).size() == services.size();
  }
}
