package io.trunkline.gateway;

import io.trunkline.node.Node;
import io.trunkline.protocol.ErrorCode;
import io.trunkline.protocol.Refusal;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The server API under {@code /api}: for the application's own back end, by bearer key. What it
 * can't do now it says with 503; it never guesses. What there is stands in {@link #routes} and in
 * {@code openapi.json}, and a test holds the two together.
 */
final class Api {
  /** Largest body: a message as large as clients may send by default. */
  private static final long MAX_BODY_BYTES = 64 * 1024;

  /** Whoever is allowed to open WebSockets is not therefore allowed to call the API. */
  private static final Origins SAME_ORIGIN = new Origins(List.of());

  private final ApiAccess access;
  private final ApiAudit audit;
  private final List<ApiRoute> routes;
  private final byte[] document = document();

  Api(Node node, ApiAccess access, ApiAudit audit) {
    this.access = access;
    this.audit = audit;
    ApiCalls calls = new ApiCalls(node.vertx());
    this.routes =
        Stream.of(
                new SessionsApi(calls).routes(),
                new MessagesApi(calls).routes(),
                new ClusterApi(calls, node.members()).routes(),
                new NodesApi(node).routes(),
                new UsersApi(calls).routes(),
                List.of(new ApiRoute(HttpMethod.GET, "/api/openapi.json", this::describe)))
            .flatMap(List::stream)
            .toList();
  }

  List<ApiRoute> routes() {
    return routes;
  }

  void addTo(Router router) {
    router.route("/api/*").handler(audit::follow);
    router.route("/api/*").handler(Api::refuseOtherPages);
    router.route("/api/*").handler(this::authorize);
    router.route("/api/*").handler(BodyHandler.create(false).setBodyLimit(MAX_BODY_BYTES));
    routes.forEach(
        route ->
            router.route(route.method(), route.path()).handler(context -> answer(context, route)));
    router.route("/api/*").handler(this::refuseMethod);
    router.route("/api/*").failureHandler(this::failed);
  }

  /**
   * A back end sends no Origin, and the console is of this very origin. A page of another one could
   * do nothing without the key, and not even try with it.
   */
  private static void refuseOtherPages(RoutingContext context) {
    HttpServerRequest request = context.request();
    if (SAME_ORIGIN.allows(
        request.getHeader(HttpHeaders.ORIGIN), request.getHeader(HttpHeaders.HOST))) {
      context.next();
    } else {
      refuse(context, 403, ErrorCode.FORBIDDEN, "origin not allowed");
    }
  }

  private void authorize(RoutingContext context) {
    int key = access.keyOf(context.request().getHeader(HttpHeaders.AUTHORIZATION));
    if (key == ApiAccess.NO_KEY) {
      context.response().putHeader("WWW-Authenticate", "Bearer");
      refuse(context, 401, ErrorCode.UNAUTHENTICATED, "a valid API key is needed");
      return;
    }
    ApiAudit.calledBy(context, key);
    if (access.take(key, System.nanoTime() / 1_000_000)) {
      context.next();
    } else {
      context.response().putHeader("Retry-After", "1");
      refuse(
          context,
          429,
          ErrorCode.RATE_LIMITED,
          "more than " + access.rate() + " calls a second with this key");
    }
  }

  private Future<Void> describe(RoutingContext context) {
    return ApiCalls.send(context, 200, document);
  }

  private static byte[] document() {
    try (InputStream in = Api.class.getResourceAsStream("openapi.json")) {
      return Objects.requireNonNull(in, "openapi.json").readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** RFC 9110, section 15.5.6: a path that is there says what may be done with it. */
  private void refuseMethod(RoutingContext context) {
    String path = context.normalizedPath();
    String allowed =
        routes.stream()
            .filter(route -> route.matches(path))
            .map(route -> route.method().name())
            .collect(Collectors.joining(", "));
    if (allowed.isEmpty()) {
      context.next();
    } else {
      context.response().setStatusCode(405).putHeader(HttpHeaders.ALLOW, allowed);
      Answers.json(context.response(), "method_not_allowed", "expected " + allowed, false);
    }
  }

  private static void answer(RoutingContext context, ApiRoute route) {
    ApiAudit.at(context, route.path());
    route.work().apply(context).onFailure(context::fail);
  }

  private void failed(RoutingContext context) {
    if (context.failure() instanceof Refusal refusal) {
      refuse(context, statusOf(refusal.code()), refusal.code(), refusal.getMessage());
    } else if (context.statusCode() == 413) {
      refuse(context, 413, ErrorCode.BAD_REQUEST, "the body is over " + MAX_BODY_BYTES + " bytes");
    } else if (!context.response().closed()) { // else nobody is there to be told
      context.next();
    }
  }

  private static int statusOf(ErrorCode code) {
    return switch (code) {
      case BAD_JSON, BAD_REQUEST, UNKNOWN_TYPE -> 400;
      case UNAUTHENTICATED -> 401;
      case FORBIDDEN -> 403;
      case UNKNOWN_RECEIVER, UNKNOWN_CHANNEL -> 404;
      case RATE_LIMITED -> 429;
      case UNAVAILABLE -> 503;
    };
  }

  private static void refuse(RoutingContext context, int status, ErrorCode code, String message) {
    context.response().setStatusCode(status);
    Answers.json(context.response(), code.wireName(), message, code.retryable());
  }
}
