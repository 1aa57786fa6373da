package io.trunkline.gateway;

import io.micrometer.core.instrument.MeterRegistry;
import io.trunkline.console.Console;
import io.trunkline.node.DeliveryMeters;
import io.trunkline.node.Health;
import io.trunkline.node.Key;
import io.trunkline.node.Management;
import io.trunkline.node.ManagementSettings;
import io.trunkline.node.Node;
import io.trunkline.node.Role;
import io.trunkline.node.StartFailed;
import io.trunkline.protocol.CloseCode;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One gateway node: a {@link GatewayVerticle} on each event loop, and what they share. It keeps
 * nothing that outlives its connections.
 */
public final class Gateway {
  private static final Logger log = LoggerFactory.getLogger(Gateway.class);

  private final Node node;
  private final GatewaySettings settings;
  private final Consumer<Router> extraRoutes;
  private final Origins origins;
  private final Doors doors;

  /** Null: there is no server API. */
  private final ApiAccess apiAccess;

  private final Admission users;

  /** Bytes of requests that have no answer yet. */
  private final Capacity unanswered;

  private final String incarnation = Long.toString(System.currentTimeMillis(), Character.MAX_RADIX);
  private final AtomicInteger verticles = new AtomicInteger();

  private final List<Instance> instances = new CopyOnWriteArrayList<>();
  private final List<String> deployments = new CopyOnWriteArrayList<>();

  /** Set once before any verticle is deployed. */
  private Context context;

  private Interest interest;
  private HandledTypes types;
  private Balance balance;

  /** Set once, last of all. */
  private volatile GatewayMeters gatewayMeters;

  /** Set once, last of all. */
  private volatile GatewaySeries series;

  /** Set once when the verticles run; null before. */
  private volatile Outbound outbound;

  /** The port in use: of a free one, once a verticle listens. */
  private volatile int port;

  private final Draining draining;
  private final DeliveryMeters deliveryMeters;

  private Gateway(Node node, GatewaySettings settings, Consumer<Router> extraRoutes) {
    this.node = node;
    this.settings = settings;
    this.extraRoutes = extraRoutes;
    this.origins = new Origins(settings.allowedOrigins());
    this.doors = new Doors(settings);
    this.apiAccess =
        settings.apiKeys().isEmpty()
            ? null
            : new ApiAccess(settings.apiKeys(), settings.apiRate(), now());
    this.users = new Admission(settings.maxConnectionsPerUser());
    this.unanswered = new Capacity(settings.maxUnansweredBytes());
    this.port = settings.httpPort();
    this.deliveryMeters = new DeliveryMeters(meters());
    this.draining = new Draining(node.vertx(), instances, settings.drainSeconds());
  }

  /**
   * Starts a gateway on {@code node}; done when clients can connect and every node can reach it.
   *
   * @param extraRoutes may add to what is served beside the WebSockets and the server API
   * @return fails with {@link StartFailed} where the port can't be had
   */
  public static Future<Gateway> start(
      Node node, GatewaySettings settings, Consumer<Router> extraRoutes) {
    Gateway gateway = new Gateway(node, settings, extraRoutes);
    return gateway.startShared().compose(done -> gateway.deploy()).map(gateway);
  }

  /** The port on which clients are served. */
  public int port() {
    return port;
  }

  public boolean isDraining() {
    return draining.isOn();
  }

  /** Whether a session service answers this gateway. */
  public boolean isConnected() {
    return interest.isHeard();
  }

  /** Whether it has been without any session service for so long that it takes nobody in. */
  boolean isCutOff() {
    return interest.isCutOff();
  }

  private boolean takesNewcomers() {
    return !isDraining() && isConnected() && connections() < settings.maxConnections();
  }

  /** Connections that it has too many and hands over; 0 while it hands none over. */
  int surplus() {
    return balance.surplus();
  }

  /** Whether its connections stay uneven, however many it hands over. */
  boolean hasGivenUpBalance() {
    return balance.hasGivenUp();
  }

  /** WebSockets open now, on this node. */
  public int connections() {
    return draining.connections();
  }

  /**
   * Takes no new connection, sends those that are open away with 4101, spread over the drain time,
   * and ends. The node stays in the cluster; leaving is its owner's. The future belongs to no event
   * loop, so that what follows it may close Vert.x and still be heard of.
   */
  public Future<Void> stop() {
    Future<Void> gone = draining.beginForGood();
    context.runOnContext(ignored -> balance.stop());
    Promise<Void> stopped = Promise.promise();
    gone.compose(done -> outbound.stop())
        .eventually(() -> undeploy())
        .onSuccess(done -> gatewayMeters.remove())
        .onSuccess(done -> deliveryMeters.remove())
        .onSuccess(done -> series.remove())
        .onComplete(stopped);
    return stopped.future();
  }

  private Future<Void> undeploy() {
    Promise<Void> stopped = Promise.promise();
    context.runOnContext(
        ignored -> {
          interest.stop();
          Future.join(deployments.stream().map(vertx()::undeploy).toList())
              .<Void>mapEmpty()
              .onComplete(stopped);
        });
    return stopped.future();
  }

  private Future<Void> startShared() {
    context = node.busContext();
    Promise<Void> started = Promise.promise();
    context.runOnContext(
        ignored -> {
          interest =
              new Interest(vertx(), node.name(), node.members(), this::sendAway, this::recheck);
          types = new HandledTypes(vertx());
          balance =
              new Balance(
                  vertx(),
                  node.name(),
                  settings.balancePerSecond(),
                  instances,
                  () -> node.members().of(Role.GATEWAY),
                  this::takesNewcomers);
          node.onNodeLost(this::nodeLost);
          started.complete();
        });
    return started.future();
  }

  private Future<Void> deploy() {
    return deploy(node.eventLoops())
        .recover(e -> Future.failedFuture(startFailed(e)))
        .compose(all -> receive())
        .onSuccess(ready -> gatewayMeters = GatewayMeters.register(meters(), this, instances))
        .onSuccess(ready -> series = GatewaySeries.add(node.history(), meters(), this, instances))
        .onSuccess(
            ready ->
                log.info(
                    "gateway_started node={} port={} event_loops={}",
                    node.name(),
                    port,
                    node.eventLoops()));
  }

  private Future<String> deploy(int count) {
    return vertx()
        .deployVerticle(
            () -> new GatewayVerticle(this, verticles.getAndIncrement()),
            new DeploymentOptions().setInstances(count))
        .onSuccess(deployments::add);
  }

  private StartFailed startFailed(Throwable cause) {
    return new StartFailed(
        "cannot serve clients on "
            + settings.httpHost()
            + ":"
            + settings.httpPort()
            + ": "
            + cause.getMessage(),
        cause);
  }

  private Future<Void> receive() {
    Promise<Void> ready = Promise.promise();
    context.runOnContext(
        ignored -> {
          outbound =
              new Outbound(
                  vertx(),
                  node.name(),
                  interest,
                  instances,
                  users,
                  types,
                  balance,
                  draining,
                  node.tracing());
          outbound
              .ready()
              .onSuccess(heard -> types.ask())
              .onSuccess(heard -> balance.start())
              .onComplete(ready);
        });
    return ready.future();
  }

  /** Whom this gateway can't serve another may: it is cut off from every session service. */
  private void sendAway() {
    if (connections() > 0) {
      log.warn("gateway_cut_off connections={}", connections());
      instances.forEach(i -> i.loop().execute(() -> i.closeAll(CloseCode.OVERLOADED)));
    }
  }

  /** What was said while a session service did not know of us may not have reached us. */
  private void recheck() {
    instances.forEach(instance -> instance.loop().execute(instance::recheck));
  }

  private void nodeLost() {
    instances.forEach(instance -> instance.loop().execute(instance::nodeLost));
  }

  // What the verticles share

  Vertx vertx() {
    return node.vertx();
  }

  Node node() {
    return node;
  }

  /**
   * An upgrade has ended.
   *
   * @param result of a small set: it becomes a label
   */
  void upgraded(String result) {
    GatewayMeters.upgraded(meters(), result);
  }

  MeterRegistry meters() {
    return node.metrics().registry();
  }

  /** Of the frames that this gateway sends to others. */
  DeliveryMeters deliveryMeters() {
    return deliveryMeters;
  }

  GatewaySettings settings() {
    return settings;
  }

  Interest interest() {
    return interest;
  }

  HandledTypes types() {
    return types;
  }

  Doors doors() {
    return doors;
  }

  /** Connections of this node by user. */
  Admission users() {
    return users;
  }

  Capacity unanswered() {
    return unanswered;
  }

  /** Differs each time that this process starts. */
  String incarnation() {
    return incarnation;
  }

  boolean allowsOrigin(String origin, String host) {
    return origins.allows(origin, host);
  }

  /** Opens this gateway's management port, with the console where there is a key for it. */
  public Future<Management> manage(ManagementSettings management) {
    Health health = Health.of(node);
    health.ready("draining", () -> require(!isDraining(), "this gateway is draining"));
    health.ready(
        "session_service", () -> require(isConnected(), "no session service answers this gateway"));
    return Management.start(node, management, health, this::addConsole);
  }

  private static Future<Void> require(boolean good, String otherwise) {
    return good ? Future.succeededFuture() : Future.failedFuture(otherwise);
  }

  /**
   * The console calls the very API that a back end calls, so it can do no more, nor without key.
   */
  private void addConsole(Router router) {
    if (addApi(router)) {
      Console.serve(router);
    } else {
      log.info("console_off node={} unset={}", node.name(), Key.API_KEY.variable());
      Console.refuse(router, "the console is off, as " + Key.API_KEY.variable() + " is not set");
    }
  }

  /** One call for each event loop; whether there is a server API. */
  private boolean addApi(Router router) {
    if (apiAccess != null) {
      new Api(node, apiAccess, new ApiAudit(meters(), doors::clientOf, Gateway::now)).addTo(router);
    }
    return apiAccess != null;
  }

  Router router(Vertx vertx) {
    Router router = Router.router(vertx);
    addApi(router);
    extraRoutes.accept(router);
    router
        .route()
        .last()
        .handler(
            context -> {
              context.response().setStatusCode(404);
              Answers.json(context.response(), "not_found", "no such path", false);
            });
    return router;
  }

  private static long now() {
    return System.nanoTime() / 1_000_000;
  }

  void started(Instance instance, int actualPort) {
    instances.add(instance);
    port = actualPort;
  }
}
