package io.trunkline.node;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The management port: {@code /health/live}, {@code /health/ready}, {@code /health/started}, for
 * operators and probes. It is its own port, so that it never meets the public one.
 */
public final class Management {
  private static final Logger log = LoggerFactory.getLogger(Management.class);

  private final Health health;
  private final HttpServer server;

  private Management(Vertx vertx, Health health) {
    this.health = health;
    this.server = vertx.createHttpServer().requestHandler(this::answer);
  }

  public static Future<Management> start(Vertx vertx, ManagementSettings settings, Health health) {
    Management management = new Management(vertx, health);
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
    if (!HttpMethod.GET.equals(request.method()) && !HttpMethod.HEAD.equals(request.method())) {
      refuse(request, 405, "method_not_allowed", "only GET and HEAD are answered here");
      return;
    }
    switch (request.path()) {
      case "/health/live" -> report(request, health.isLive());
      case "/health/ready" -> report(request, health.isReady());
      case "/health/started" -> report(request, health.isStarted());
      default -> refuse(request, 404, "not_found", "no such path");
    }
  }

  private static void report(HttpServerRequest request, Future<JsonObject> report) {
    report
        .compose(body -> send(request, Health.isUp(body) ? 200 : 503, body))
        .onFailure(failure -> log.warn("health_not_answered reason={}", failure.getMessage()));
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
