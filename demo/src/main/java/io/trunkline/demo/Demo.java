package io.trunkline.demo;

import io.trunkline.console.Console;
import io.trunkline.gateway.Gateway;
import io.trunkline.gateway.GatewaySettings;
import io.trunkline.node.ClusterSettings;
import io.trunkline.node.Health;
import io.trunkline.node.Management;
import io.trunkline.node.ManagementSettings;
import io.trunkline.node.Node;
import io.trunkline.node.Role;
import io.trunkline.postgres.FreePorts;
import io.trunkline.postgres.LocalPostgres;
import io.trunkline.session.SessionService;
import io.trunkline.session.SessionServiceSettings;
import io.vertx.core.Future;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A database, a session service and two gateways, each node its own Vert.x, clustered as separate
 * processes would be. What can start at the same time does. A start that fails stops what it had
 * started.
 */
final class Demo {
  /** Connections to Postgres; two people need few. */
  private static final int POOL_SIZE = 4;

  private static final int SESSION_TTL_SECONDS = 86_400;
  private static final int RETENTION_HOURS = 168;

  /** Two people need few of these as well, and three nodes share the machine. */
  private static final int EVENT_LOOPS = 2;

  private static final int FIRST_MANAGEMENT_PORT = 9090;

  private final DemoSettings settings;

  /** Another with each start, so that no page of somebody else's knows it. */
  private final String apiKey = newKey();

  private final Consumer<String> progress;
  private final StopOrder stops = new StopOrder();

  private Demo(DemoSettings settings, Consumer<String> progress) {
    this.settings = settings;
    this.progress = progress;
  }

  /**
   * Starts everything; done when both gateways take logins.
   *
   * @param progress gets a line for each part that is up
   */
  static Future<Demo> start(DemoSettings settings, Consumer<String> progress) {
    Demo demo = new Demo(settings, progress);
    return demo.startAll()
        .map(demo)
        .recover(failure -> demo.stop().transform(stopped -> Future.failedFuture(failure)));
  }

  private static String newKey() {
    byte[] bits = new byte[12];
    new SecureRandom().nextBytes(bits);
    return HexFormat.of().formatHex(bits);
  }

  /** Gateways first, the database last. */
  Future<Void> stop() {
    return stops.stop();
  }

  private Future<Void> startAll() {
    List<Integer> ports = FreePorts.many(3);
    Future<LocalPostgres> postgres = startPostgres();
    Future<Node> session = join("session-1", Role.SESSION, ports.get(0), ports);
    Future<Node> first = join("gateway-1", Role.GATEWAY, ports.get(1), ports);
    Future<Node> second = join("gateway-2", Role.GATEWAY, ports.get(2), ports);
    return Future.join(postgres, session, first, second)
        .compose(
            joined ->
                Future.join(
                    serveSessions(session.result(), postgres.result()),
                    serveClients(first.result(), 0),
                    serveClients(second.result(), 1)))
        .compose(
            serving -> Future.join(Logins.warmUp(first.result()), Logins.warmUp(second.result())))
        .mapEmpty();
  }

  private Future<LocalPostgres> startPostgres() {
    return Future.fromCompletionStage(CompletableFuture.supplyAsync(LocalPostgres::start))
        .onSuccess(server -> stops.last(server::close))
        .onSuccess(server -> progress.accept("Postgres is up on port " + server.port()));
  }

  private Future<Node> join(String name, Role role, int port, List<Integer> ports) {
    List<String> members = ports.stream().map(member -> "127.0.0.1:" + member).toList();
    String cluster = "trunkline-demo-" + ports.get(0);
    ClusterSettings place =
        new ClusterSettings(name, "127.0.0.1", port, members, cluster, "127.0.0.1", 0, EVENT_LOOPS);
    return Node.join(place, role)
        .onSuccess(node -> stops.third(node::leave))
        .onSuccess(node -> progress.accept(name + " has joined the cluster"));
  }

  private Future<Void> serveSessions(Node node, LocalPostgres postgres) {
    SessionServiceSettings service =
        new SessionServiceSettings(
            postgres.url("postgres"), POOL_SIZE, SESSION_TTL_SECONDS, RETENTION_HOURS);
    return SessionService.start(node, service)
        .onSuccess(started -> stops.second(started::stop))
        .onSuccess(started -> progress.accept(node.name() + " answers"))
        .compose(
            started -> {
              Health health = Health.of(node);
              health.ready("database", started::ready);
              return open(
                  node, place -> Management.start(node, place, health), FIRST_MANAGEMENT_PORT + 2);
            })
        .mapEmpty();
  }

  private Future<Void> serveClients(Node node, int number) {
    DemoRoutes routes = new DemoRoutes(settings.ports());
    return Gateway.start(node, gatewaySettings(number), routes::addTo)
        .onSuccess(started -> stops.first(started::stop))
        .onSuccess(started -> progress.accept(node.name() + " listens on " + started.port()))
        .compose(started -> open(node, started::manage, FIRST_MANAGEMENT_PORT + number))
        .onSuccess(port -> progress.accept(console(node, port)))
        .mapEmpty();
  }

  private GatewaySettings gatewaySettings(int number) {
    return GatewaySettings.of(
        Map.of(
            "TRUNKLINE_HTTP_HOST",
            settings.host(),
            "TRUNKLINE_HTTP_PORT",
            String.valueOf(settings.ports().get(number)),
            // The page goes to the other gateway when its own is gone.
            "TRUNKLINE_ALLOWED_ORIGINS",
            settings.url(0) + "," + settings.url(1),
            "TRUNKLINE_API_KEY",
            apiKey,
            "TRUNKLINE_DRAIN_SECONDS",
            "1"));
  }

  /** On a port that is easy to guess where it is free, else on any; the port. */
  private Future<Integer> open(
      Node node, Function<ManagementSettings, Future<Management>> start, int port) {
    return start
        .apply(new ManagementSettings("127.0.0.1", port))
        .recover(taken -> start.apply(new ManagementSettings("127.0.0.1", 0)))
        .map(Management::port)
        .onSuccess(
            opened ->
                progress.accept(
                    node.name() + "'s health: http://127.0.0.1:" + opened + "/health/ready"));
  }

  private String console(Node node, int port) {
    return node.name()
        + "'s console: http://127.0.0.1:"
        + port
        + Console.PATH
        + " with the key "
        + apiKey;
  }
}
