package io.trunkline.session;

import io.trunkline.node.Node;
import io.trunkline.protocol.BusCodec;
import io.trunkline.protocol.Departure;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session service on a node: answers every message type that is on the class path, and keeps the
 * rest of the service's duties. It may come and go under traffic: it takes requests only when it
 * knows who follows what, and when it stops it goes on answering until nothing comes any more.
 */
public final class SessionService {
  private static final Logger log = LoggerFactory.getLogger(SessionService.class);

  /**
   * When no request has come for this long, no node believes any more that we answer. Others stop
   * sending while we are still telling the cluster, which takes tens of milliseconds; this is for
   * one that stood still meanwhile.
   */
  private static final long QUIET_MILLIS = 500;

  /** Nobody waits for an answer for longer. */
  private static final long MOST_QUIET_WAIT_MILLIS = 5000;

  private static final long QUIET_POLL_MILLIS = 25;

  private final Node node;
  private final SessionServiceSettings settings;
  private final List<MessageType<?>> types;
  private final Whereabouts whereabouts =
      new Whereabouts(
          Whereabouts.LINGER_MILLIS, () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime()));
  private final Directory directory;
  private final Tellers tellers;
  private final Relays relays;
  private final Counters counters;
  private final List<SessionVerticle> verticles = new CopyOnWriteArrayList<>();

  /** In the order in which they were deployed; they end in the other. */
  private final List<String> deployments = new ArrayList<>();

  /** Null until the verticles are there. */
  private volatile Reception reception;

  private volatile boolean stopping;

  private SessionService(Node node, SessionServiceSettings settings) {
    this.node = node;
    this.settings = settings;
    this.tellers = new Tellers(node.name());
    this.types = MessageTypes.load();
    this.counters = new Counters(node.metrics().registry());
    this.directory = new Directory(counters::corrected, whereabouts);
    this.relays =
        new Relays(
            node.vertx().eventBus(),
            node.name(),
            directory,
            gateway -> node.members().isOfLevel(BusCodec.RELAYS, gateway),
            System::nanoTime);
  }

  /**
   * Brings the schema up to date and begins to answer. The future completes when requests are
   * taken, and fails when the database cannot be reached.
   */
  public static Future<SessionService> start(Node node, SessionServiceSettings settings) {
    SessionService service = new SessionService(node, settings);
    return service
        .migrate()
        .compose(migrated -> service.checkQuery())
        .compose(migrated -> service.deploy())
        .onSuccess(deployed -> service.counters.addTo(node.history()))
        .onSuccess(
            deployed ->
                log.info("session_service_started node={} types={}", node.name(), service.names()))
        .recover(failure -> service.undeploy().transform(done -> Future.failedFuture(failure)))
        .map(service);
  }

  /** Whether the database answers every event loop. */
  public Future<Void> ready() {
    return stopping
        ? Future.failedFuture("stopping")
        : Future.all(verticles.stream().map(SessionVerticle::ping).toList()).mapEmpty();
  }

  /**
   * Stops without failing a request: other nodes forget us first, then what is in hand ends. The
   * future belongs to no event loop, so that what follows it may close Vert.x and still be heard
   * of.
   */
  public Future<Void> stop() {
    stopping = true;
    Promise<Void> stopped = Promise.promise();
    Departure.hide(node.vertx(), SessionVerticle.addresses(types))
        .onFailure(failure -> log.warn("departure_not_told reason={}", failure.getMessage()))
        .otherwiseEmpty()
        .compose(hidden -> quiet())
        .compose(quiet -> undeploy())
        .onSuccess(done -> log.info("session_service_stopped node={}", node.name()))
        .onComplete(stopped);
    return stopped.future();
  }

  Directory directory() {
    return directory;
  }

  Counters counters() {
    return counters;
  }

  private Future<Void> migrate() {
    return node.vertx()
        .executeBlocking(
            () -> {
              Migrations.migrate(settings.databaseUrl());
              return null;
            });
  }

  /** Before anybody depends on it. */
  private Future<Void> checkQuery() {
    return settings.sessions().query() == null
        ? Future.succeededFuture()
        : SessionQuery.check(node.vertx(), settings.store(1));
  }

  private Future<Void> deploy() {
    Vertx vertx = node.vertx();
    int loops = node.eventLoops();
    StoreSettings share = settings.shareOf(loops);
    return vertx
        .deployVerticle(
            new Housekeeping(node, settings, directory, whereabouts, tellers, relays, counters))
        .onSuccess(deployments::add)
        .compose(
            housekeeping ->
                vertx.deployVerticle(
                    () -> verticle(vertx, share), new DeploymentOptions().setInstances(loops)))
        .onSuccess(deployments::add)
        .compose(deployed -> receive());
  }

  private Future<Void> receive() {
    reception = new Reception(node, verticles);
    return reception.open();
  }

  private SessionVerticle verticle(Vertx vertx, StoreSettings share) {
    SessionVerticle verticle =
        new SessionVerticle(
            () ->
                Workplace.open(
                    vertx,
                    share,
                    settings.channels(),
                    directory,
                    tellers,
                    relays,
                    counters,
                    node.tracing()),
            types,
            counters);
    verticles.add(verticle);
    return verticle;
  }

  private Future<Void> undeploy() {
    Future<Void> done = reception == null ? Future.succeededFuture() : reception.close();
    for (int i = deployments.size() - 1; i >= 0; i--) {
      String deployment = deployments.get(i);
      done = done.eventually(() -> node.vertx().undeploy(deployment));
    }
    return done;
  }

  /** Completes when nothing comes any more, counted from now at the earliest. */
  private Future<Void> quiet() {
    Promise<Void> quiet = Promise.promise();
    long began = System.nanoTime();
    node.vertx()
        .setPeriodic(
            QUIET_POLL_MILLIS,
            timer -> {
              long waited = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
              if (waited >= MOST_QUIET_WAIT_MILLIS || (waited >= QUIET_MILLIS && isQuiet())) {
                node.vertx().cancelTimer(timer);
                quiet.complete();
              }
            });
    return quiet.future();
  }

  private boolean isQuiet() {
    return verticles.stream().allMatch(verticle -> verticle.quietFor(QUIET_MILLIS));
  }

  private List<String> names() {
    return types.stream().<String>map(MessageType::name).toList();
  }
}
