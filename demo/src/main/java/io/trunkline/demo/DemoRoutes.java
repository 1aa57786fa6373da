package io.trunkline.demo;

import io.trunkline.protocol.ErrorCode;
import io.trunkline.protocol.Refusal;
import io.trunkline.protocol.Shapes;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.util.List;

/**
 * What the demo serves beside the gateway's own paths: the page, a login that believes every name,
 * and where the gateways are.
 */
final class DemoRoutes {
  /** A name of 128 characters, escaped, and some room. */
  private static final long MAX_BODY_BYTES = 2048;

  private final List<Integer> ports;
  private final Page page = Page.load();

  DemoRoutes(List<Integer> ports) {
    this.ports = List.copyOf(ports);
  }

  void addTo(Router router) {
    router.post("/demo/login").handler(DemoRoutes::ownPageOnly);
    router
        .post("/demo/login")
        .handler(BodyHandler.create(false).setBodyLimit(MAX_BODY_BYTES))
        .handler(DemoRoutes::login)
        .failureHandler(DemoRoutes::tooLong);
    router
        .get("/demo/gateways")
        .handler(
            context -> json(context, 200, new JsonObject().put("ports", new JsonArray(ports))));
    page.addTo(router);
  }

  /** A page of somebody else's could log its visitors in, and read who is there. */
  private static void ownPageOnly(RoutingContext context) {
    String origin = context.request().getHeader(HttpHeaders.ORIGIN);
    if (origin == null
        || origin.equals("http://" + context.request().getHeader(HttpHeaders.HOST))) {
      context.next();
    } else {
      refuse(context, 403, Refusal.forbidden("origin not allowed"));
    }
  }

  private static void login(RoutingContext context) {
    String user = user(context);
    if (user == null) {
      String expected = "expected {\"user\": a name of 1 to " + Shapes.MAX_NAME + " characters}";
      refuse(context, 400, Refusal.badRequest(expected));
      return;
    }
    Logins.create(context.vertx(), user)
        .onSuccess(id -> json(context, 200, new JsonObject().put("session_id", id)))
        .onFailure(
            failure ->
                refuse(
                    context,
                    503,
                    failure instanceof Refusal refusal
                        ? refusal
                        : Refusal.unavailable("no session could be made")));
  }

  /** The name that the body holds, or null. */
  private static String user(RoutingContext context) {
    try {
      JsonObject body = context.body().asJsonObject();
      boolean named = body != null && body.getValue("user") instanceof String;
      return named && Shapes.isName(body.getString("user")) ? body.getString("user") : null;
    } catch (DecodeException | ClassCastException e) {
      return null;
    }
  }

  private static void tooLong(RoutingContext context) {
    int status = context.statusCode() < 400 ? 500 : context.statusCode();
    refuse(context, status, Refusal.badRequest("the body cannot be read"));
  }

  private static void refuse(RoutingContext context, int status, Refusal refusal) {
    json(
        context,
        status,
        new JsonObject()
            .put("code", refusal.code().wireName())
            .put("message", refusal.getMessage())
            .put("retryable", refusal.code() == ErrorCode.UNAVAILABLE));
  }

  private static void json(RoutingContext context, int status, JsonObject body) {
    Page.secure(context.response())
        .setStatusCode(status)
        .putHeader("Content-Type", "application/json")
        .putHeader("Cache-Control", "no-store")
        .end(body.toBuffer())
        .onFailure(gone -> {});
  }
}
