package io.trunkline.gateway;

import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.BusMessage.AskUser;
import io.trunkline.protocol.BusMessage.Connections;
import io.trunkline.protocol.BusMessage.CountConnections;
import io.trunkline.protocol.BusMessage.EndSession;
import io.trunkline.protocol.BusMessage.UserInfo;
import io.trunkline.protocol.BusMessage.UserSession;
import io.trunkline.protocol.ErrorCode;
import io.trunkline.protocol.FrameWriter;
import io.trunkline.protocol.Refusal;
import io.trunkline.protocol.Times;
import io.vertx.core.Future;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The server API's view of one user: where connected, which sessions, how much unread. A session is
 * named by the SHA-256 of its id, which opens nothing; the id itself is known to its client alone.
 */
record UsersApi(ApiCalls calls) {
  private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");

  /** Some hundred times what an answer takes. */
  private static final DeliveryOptions OPTIONS = new DeliveryOptions().setSendTimeout(1000);

  List<ApiRoute> routes() {
    return List.of(
        new ApiRoute(HttpMethod.GET, "/api/users/:user", this::show),
        new ApiRoute(HttpMethod.DELETE, "/api/users/:user/sessions/:session", this::end));
  }

  private Future<Void> show(RoutingContext context) {
    String user = ApiCalls.name("user", context.pathParam("user"));
    return calls
        .ask(new AskUser(user))
        .map(answer -> known((UserInfo) answer))
        .compose(info -> gateways(user, info).map(gateways -> shown(user, info, gateways)))
        .compose(body -> ApiCalls.send(context, 200, body));
  }

  private static UserInfo known(UserInfo info) {
    if (!info.known() && info.gateways().isEmpty()) {
      throw new Refusal(ErrorCode.UNKNOWN_RECEIVER, "user: there has never been one of this name");
    }
    return info;
  }

  private Future<List<byte[]>> gateways(String user, UserInfo info) {
    return Future.all(info.gateways().stream().map(gateway -> gateway(gateway, user)).toList())
        .map(all -> all.list());
  }

  /** Without a count where the gateway does not answer. */
  private Future<byte[]> gateway(String gateway, String user) {
    return calls
        .vertx()
        .eventBus()
        .<BusMessage>request(Addresses.gateway(gateway), new CountConnections(user), OPTIONS)
        .map(
            answer ->
                FrameWriter.object()
                    .string("name", gateway)
                    .number("connections", ((Connections) answer.body()).count())
                    .end())
        .otherwise(silent -> FrameWriter.object().string("name", gateway).end());
  }

  private static byte[] shown(String user, UserInfo info, List<byte[]> gateways) {
    return FrameWriter.object()
        .string("user", user)
        .number("head", info.head())
        .raws("gateways", gateways)
        .number("session_count", info.sessions())
        .raws("sessions", info.newest().stream().map(UsersApi::shown).toList())
        .end();
  }

  private static byte[] shown(UserSession session) {
    return FrameWriter.object()
        .string("session", session.session())
        .string("created_at", Times.iso(session.createdAt()))
        .string("expires_at", Times.iso(session.expiresAt()))
        .number("cursor", session.cursor())
        .number("unread", session.unread())
        .bool("external", session.outside())
        .end();
  }

  private Future<Void> end(RoutingContext context) {
    String user = ApiCalls.name("user", context.pathParam("user"));
    String session = context.pathParam("session");
    if (!SHA_256.matcher(session).matches()) {
      throw Refusal.badRequest("session: expected the SHA-256 of a session id, in hex");
    }
    ApiAudit.about(context, "user:" + user + " session", session.substring(0, 12));
    return calls.ask(new EndSession(user, session)).compose(done -> ApiCalls.sendNothing(context));
  }
}
