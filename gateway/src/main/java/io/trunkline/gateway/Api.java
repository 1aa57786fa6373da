package io.trunkline.gateway;

import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.BusMessage.CreatePermittedSession;
import io.trunkline.protocol.BusMessage.CreateSession;
import io.trunkline.protocol.BusMessage.DeleteSession;
import io.trunkline.protocol.BusMessage.DeleteUserSessions;
import io.trunkline.protocol.BusMessage.FindSession;
import io.trunkline.protocol.BusMessage.Refused;
import io.trunkline.protocol.BusMessage.SessionInfo;
import io.trunkline.protocol.ErrorCode;
import io.trunkline.protocol.FrameWriter;
import io.trunkline.protocol.JsonFrame;
import io.trunkline.protocol.Refusal;
import io.trunkline.protocol.Shapes;
import io.trunkline.protocol.Times;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The server API under {@code /api}: for the application's own back end, by bearer key. What it
 * can't do now it says with 503; it never guesses.
 */
final class Api {
  /** Largest body; a session request is a hundred bytes. */
  private static final long MAX_BODY_BYTES = 64 * 1024;

  /** Of one session; they travel with each of its requests. */
  private static final int MAX_PERMISSIONS = 100;

  private static final long MAX_TTL_SECONDS = 10L * 365 * 24 * 3600;
  private static final DeliveryOptions OPTIONS = new DeliveryOptions().setSendTimeout(4500);

  /** A scheme may be written in any case: RFC 9110, section 11.1. */
  private static final String BEARER = "Bearer ";

  /** What may be done with the paths that there are. */
  private static final Map<Pattern, String> ALLOWED =
      Map.of(
          Pattern.compile("/api/sessions"), "POST",
          Pattern.compile("/api/sessions/[^/]+"), "GET, DELETE",
          Pattern.compile("/api/users/[^/]+/sessions"), "DELETE");

  private final Vertx vertx;
  private final byte[] key;

  Api(Vertx vertx, String key) {
    this.vertx = vertx;
    this.key = key.getBytes(StandardCharsets.UTF_8);
  }

  void addTo(Router router) {
    router.route("/api/*").handler(this::authorize);
    router.route("/api/*").handler(BodyHandler.create(false).setBodyLimit(MAX_BODY_BYTES));
    router.post("/api/sessions").handler(context -> answer(context, create(context)));
    router.get("/api/sessions/:id").handler(context -> answer(context, find(context)));
    router.delete("/api/sessions/:id").handler(context -> answer(context, delete(context)));
    router
        .delete("/api/users/:user/sessions")
        .handler(context -> answer(context, deleteAll(context)));
    router.route("/api/*").handler(this::refuseMethod);
    router.route("/api/*").failureHandler(this::failed);
  }

  /** In constant time, whatever the key that came. */
  private void authorize(RoutingContext context) {
    String header = context.request().getHeader(HttpHeaders.AUTHORIZATION);
    String given =
        header != null && header.regionMatches(true, 0, BEARER, 0, BEARER.length())
            ? header.substring(BEARER.length()).strip()
            : "";
    if (MessageDigest.isEqual(given.getBytes(StandardCharsets.UTF_8), key)) {
      context.next();
    } else {
      context.response().putHeader("WWW-Authenticate", "Bearer");
      refuse(context, 401, ErrorCode.UNAUTHENTICATED, "a valid API key is needed");
    }
  }

  private Future<Void> create(RoutingContext context) {
    JsonFrame body = body(context);
    String user = body.name("user");
    long ttlSeconds = body.integer("ttl_seconds", 1, MAX_TTL_SECONDS, 0);
    List<String> permissions = body.strings("permissions", MAX_PERMISSIONS);
    return ask(permissions == null
            ? new CreateSession(user, ttlSeconds)
            : new CreatePermittedSession(user, ttlSeconds, permissions))
        .map(answer -> (SessionInfo) answer)
        .compose(
            session ->
                send(
                    context,
                    201,
                    FrameWriter.object()
                        .string("session_id", session.id())
                        .string("user", session.user())
                        .string("expires_at", Times.iso(session.expiresAt()))
                        .end()));
  }

  private Future<Void> find(RoutingContext context) {
    return ask(new FindSession(context.pathParam("id")))
        .map(answer -> (SessionInfo) answer)
        .compose(session -> send(context, 200, shown(session)));
  }

  private static byte[] shown(SessionInfo session) {
    FrameWriter body = FrameWriter.object().string("status", session.status());
    if (session.user() != null) {
      body.string("user", session.user()).string("expires_at", Times.iso(session.expiresAt()));
    }
    return body.end();
  }

  private Future<Void> delete(RoutingContext context) {
    return ask(new DeleteSession(context.pathParam("id")))
        .compose(done -> context.response().setStatusCode(204).end());
  }

  private Future<Void> deleteAll(RoutingContext context) {
    String user = context.pathParam("user");
    if (!Shapes.isName(user)) {
      throw Refusal.badRequest("user: expected 1 to " + Shapes.MAX_NAME + " characters");
    }
    return ask(new DeleteUserSessions(user))
        .compose(done -> context.response().setStatusCode(204).end());
  }

  /** RFC 9110, section 15.5.6: a path that is there says what may be done with it. */
  private void refuseMethod(RoutingContext context) {
    String allowed = allowed(context.normalizedPath());
    if (allowed == null) {
      context.next();
    } else {
      context.response().setStatusCode(405).putHeader(HttpHeaders.ALLOW, allowed);
      Answers.json(context.response(), "method_not_allowed", "expected " + allowed, false);
    }
  }

  private static String allowed(String path) {
    for (Map.Entry<Pattern, String> each : ALLOWED.entrySet()) {
      if (each.getKey().matcher(path).matches()) {
        return each.getValue();
      }
    }
    return null;
  }

  private static JsonFrame body(RoutingContext context) {
    byte[] bytes =
        context.body().buffer() == null ? new byte[0] : context.body().buffer().getBytes();
    Utf8Validator utf8 = new Utf8Validator();
    if (!utf8.accept(bytes, 0, bytes.length) || !utf8.complete()) {
      throw new Refusal(ErrorCode.BAD_JSON, "expected UTF-8");
    }
    return JsonFrame.parse(bytes);
  }

  private Future<BusMessage> ask(BusMessage question) {
    return vertx
        .eventBus()
        .<BusMessage>request(Addresses.SESSIONS, question, OPTIONS)
        .recover(
            e -> Future.failedFuture(Refusal.unavailable("the session service can't be reached")))
        .compose(
            answer ->
                answer.body() instanceof Refused refused
                    ? Future.failedFuture(new Refusal(refused.code(), refused.message()))
                    : Future.succeededFuture(answer.body()));
  }

  private static Future<Void> send(RoutingContext context, int status, byte[] body) {
    context.response().setStatusCode(status);
    Answers.json(context.response(), body);
    return Future.succeededFuture();
  }

  private static void answer(RoutingContext context, Future<Void> work) {
    work.onFailure(context::fail);
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
