package io.trunkline.gateway;

import io.trunkline.protocol.BusMessage.CreatePermittedSession;
import io.trunkline.protocol.BusMessage.CreateSession;
import io.trunkline.protocol.BusMessage.DeleteSession;
import io.trunkline.protocol.BusMessage.DeleteUserSessions;
import io.trunkline.protocol.BusMessage.FindSession;
import io.trunkline.protocol.BusMessage.SessionInfo;
import io.trunkline.protocol.FrameWriter;
import io.trunkline.protocol.JsonFrame;
import io.trunkline.protocol.Times;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import java.util.HexFormat;
import java.util.List;

/** The server API's sessions: made, looked up, ended. */
record SessionsApi(ApiCalls calls) {
  /** Of one session; they travel with each of its requests. */
  private static final int MAX_PERMISSIONS = 100;

  /** Of a session's SHA-256, as the table has it: enough to find it, whoever has the table. */
  private static final int SHOWN_BYTES = 6;

  private static final long MAX_TTL_SECONDS = 10L * 365 * 24 * 3600;

  List<ApiRoute> routes() {
    return List.of(
        new ApiRoute(HttpMethod.POST, "/api/sessions", this::create),
        new ApiRoute(HttpMethod.GET, "/api/sessions/:id", this::find),
        new ApiRoute(HttpMethod.DELETE, "/api/sessions/:id", this::delete),
        new ApiRoute(HttpMethod.DELETE, "/api/users/:user/sessions", this::deleteAll));
  }

  private Future<Void> create(RoutingContext context) {
    JsonFrame body = ApiCalls.body(context);
    String user = body.name("user");
    ApiAudit.about(context, "user", user);
    long ttlSeconds = body.integer("ttl_seconds", 1, MAX_TTL_SECONDS, 0);
    List<String> permissions = body.strings("permissions", MAX_PERMISSIONS);
    return calls
        .ask(
            permissions == null
                ? new CreateSession(user, ttlSeconds)
                : new CreatePermittedSession(user, ttlSeconds, permissions))
        .map(answer -> (SessionInfo) answer)
        .compose(
            session ->
                ApiCalls.send(
                    context,
                    201,
                    FrameWriter.object()
                        .string("session_id", session.id())
                        .string("user", session.user())
                        .string("expires_at", Times.iso(session.expiresAt()))
                        .end()));
  }

  private Future<Void> find(RoutingContext context) {
    return calls
        .ask(new FindSession(context.pathParam("id")))
        .map(answer -> (SessionInfo) answer)
        .compose(session -> ApiCalls.send(context, 200, shown(session)));
  }

  private static byte[] shown(SessionInfo session) {
    FrameWriter body = FrameWriter.object().string("status", session.status());
    if (session.user() != null) {
      body.string("user", session.user()).string("expires_at", Times.iso(session.expiresAt()));
    }
    return body.end();
  }

  private Future<Void> delete(RoutingContext context) {
    String id = context.pathParam("id");
    ApiAudit.about(context, "session", shown(id));
    return calls.ask(new DeleteSession(id)).compose(done -> ApiCalls.sendNothing(context));
  }

  private static String shown(String sessionId) {
    return HexFormat.of().formatHex(ApiAccess.digest(sessionId), 0, SHOWN_BYTES);
  }

  private Future<Void> deleteAll(RoutingContext context) {
    String user = ApiCalls.name("user", context.pathParam("user"));
    ApiAudit.about(context, "user", user);
    return calls.ask(new DeleteUserSessions(user)).compose(done -> ApiCalls.sendNothing(context));
  }
}
