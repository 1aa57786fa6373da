package io.trunkline.gateway;

import io.trunkline.node.Members;
import io.trunkline.node.Role;
import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.BusMessage.AskPresence;
import io.trunkline.protocol.BusMessage.Connections;
import io.trunkline.protocol.BusMessage.DisconnectUser;
import io.trunkline.protocol.BusMessage.PresenceInfo;
import io.trunkline.protocol.FrameWriter;
import io.trunkline.protocol.Refusal;
import io.vertx.core.Future;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The server API's view of the cluster: who is online, sending somebody away. */
record ClusterApi(ApiCalls calls, Members members) {
  /** Names of one question, as for clients. */
  private static final int MAX_USERS = 100;

  /** Some hundred times what a gateway takes to close its connections. */
  private static final DeliveryOptions OPTIONS = new DeliveryOptions().setSendTimeout(2000);

  List<ApiRoute> routes() {
    return List.of(
        new ApiRoute(HttpMethod.GET, "/api/presence", this::presence),
        new ApiRoute(HttpMethod.POST, "/api/users/:user/disconnect", this::disconnect));
  }

  private Future<Void> presence(RoutingContext context) {
    return calls
        .ask(question(context))
        .map(answer -> (PresenceInfo) answer)
        .compose(
            info ->
                ApiCalls.send(
                    context,
                    200,
                    FrameWriter.object()
                        .number("count", info.count())
                        .strings("users", info.users())
                        .end()));
  }

  private static AskPresence question(RoutingContext context) {
    String channel = context.request().getParam("channel");
    List<String> users = users(context.request().params().getAll("users"));
    return new AskPresence(
        channel == null ? null : ApiCalls.name("channel", channel), users == null, orNone(users));
  }

  /** Null: everybody. */
  private static List<String> users(List<String> given) {
    if (given.isEmpty()) {
      return null;
    }
    List<String> users =
        given.stream().flatMap(list -> Stream.of(list.split(",", -1))).distinct().toList();
    if (users.size() > MAX_USERS) {
      throw Refusal.badRequest("users: expected at most " + MAX_USERS + ", got " + users.size());
    }
    users.forEach(user -> ApiCalls.name("users", user));
    return users;
  }

  private static List<String> orNone(List<String> users) {
    return users == null ? List.of() : users;
  }

  /** Every gateway must have said that it did so. */
  private Future<Void> disconnect(RoutingContext context) {
    String user = ApiCalls.name("user", context.pathParam("user"));
    ApiAudit.about(context, "user", user);
    List<Future<Integer>> closed = new ArrayList<>();
    for (String gateway : members.of(Role.GATEWAY)) {
      closed.add(disconnect(gateway, user));
    }
    return Future.join(closed)
        .recover(
            e -> Future.failedFuture(Refusal.unavailable("a gateway did not answer; ask again")))
        .map(all -> closed.stream().mapToInt(Future::result).sum())
        .compose(
            count ->
                ApiCalls.send(
                    context, 200, FrameWriter.object().number("disconnected", count).end()));
  }

  private Future<Integer> disconnect(String gateway, String user) {
    return calls
        .vertx()
        .eventBus()
        .<BusMessage>request(Addresses.gateway(gateway), new DisconnectUser(user), OPTIONS)
        .map(answer -> ((Connections) answer.body()).count());
  }
}
