package io.trunkline.node;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The management port: {@code /health/live}, {@code /health/ready}, {@code /health/started} and
 * {@code /metrics}, for operators and probes, and what a program adds. It is its own port, so that
 * it never meets the public one.
 */
public final class Management {
  private static final Logger log = LoggerFactory.getLogger(Management.class);

  private final Vertx vertx;
  private final Health health;
  private final Metrics metrics;

  /** Answers every other path. */
  private final Router others;

  private final HttpServer server;

  /** On its way, for all who ask meanwhile; else null. The server's event loop's. */
  private Future<String> scrape;

  private Management(Vertx vertx, Health health, Metrics metrics, Router others) {
    this.vertx = vertx;
    this.others = others;
    this.health = health;
    this.metrics = metrics;
    this.server = vertx.createHttpServer().requestHandler(this::answer);
  }

  public static Future<Management> start(Node node, ManagementSettings settings, Health health) {
    return start(node, settings, health, none -> {});
  }

  /**
   * Starts it.
   *
   * @param more adds what this program serves there beside
   */
  public static Future<Management> start(
      Node node, ManagementSettings settings, Health health, Consumer<Router> more) {
    return start(node.vertx(), settings, health, node.metrics(), more);
  }

  static Future<Management> start(
      Vertx vertx, ManagementSettings settings, Health health, Metrics metrics) {
    return start(vertx, settings, health, metrics, none -> {});
  }

  private static Future<Management> start(
      Vertx vertx,
      ManagementSettings settings,
      Health health,
      Metrics metrics,
      Consumer<Router> more) {
    Router others = Router.router(vertx);
    more.accept(others);
    others.route().last().handler(context -> notFound(context.request()));
    Management management = new Management(vertx, health, metrics, others);
    return management
        .server
        .listen(settings.port(), settings.host())
        .map(management)
        .recover(failure -> Future.failedFuture(cannotListen(settings, failure)));
  }

  /** The port that it listens on. */
  public int port() {
    return server.actualPort();
  }

  public Future<Void> close() {
    return server.close();
  }

  private void answer(HttpServerRequest request) {
    String path = String.valueOf(request.path()); // null where it is no path
    switch (path) {
      case "/health/live" -> read(request, () -> report(request, health.isLive()));
      case "/health/ready" -> read(request, () -> report(request, health.isReady()));
      case "/health/started" -> read(request, () -> report(request, health.isStarted()));
      case "/metrics" -> read(request, () -> scrape(request));
      default -> {
        if (path.startsWith("/")) {
          others.handle(request);
        } else {
          notFound(request);
        }
      }
    }
  }

  private static void read(HttpServerRequest request, Runnable answer) {
    if (HttpMethod.GET.equals(request.method()) || HttpMethod.HEAD.equals(request.method())) {
      answer.run();
    } else {
      refuse(request, 405, "method_not_allowed", "only GET and HEAD are answered here");
    }
  }

  private static void notFound(HttpServerRequest request) {
    refuse(request, 404, "not_found", "no such path");
  }

  private static void report(HttpServerRequest request, Future<JsonObject> report) {
    report
        .compose(body -> send(request, Health.isUp(body) ? 200 : 503, body))
        .onFailure(failure -> log.warn("health_not_answered reason={}", failure.getMessage()));
  }

  /** On a worker, and one for all who wait, so that nobody can queue them up. */
  private void scrape(HttpServerRequest request) {
    if (scrape == null) {
      scrape = vertx.executeBlocking(metrics::scrape).onComplete(done -> scrape = null);
    }
    scrape
        .compose(
            text ->
                request
                    .response()
                    .putHeader("content-type", Metrics.CONTENT_TYPE)
                    .putHeader("cache-control", "no-store")
                    .end(text))
        .onFailure(failure -> log.warn("metrics_not_answered reason={}", failure.getMessage()));
  }

  private static void refuse(HttpServerRequest request, int status, String code, String message) {
    send(request, status, new JsonObject().put("code", code).put("message", message))
        .onFailure(failure -> log.debug("refusal_not_answered", failure));
  }

  private static Future<Void> send(HttpServerRequest request, int status, JsonObject body) {
    return request
        .response()
        .setStatusCode(status)
        .putHeader("content-type", "application/json")
        .putHeader("cache-control", "no-store")
        .end(body.toBuffer());
  }

  private static StartFailed cannotListen(ManagementSettings settings, Throwable failure) {
    String address = settings.host() + ":" + settings.port();
    return new StartFailed(
        "cannot listen on management port " + address + ": " + failure.getMessage(), failure);
  }
}
