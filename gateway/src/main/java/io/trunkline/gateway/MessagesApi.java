package io.trunkline.gateway;

import io.trunkline.protocol.BusMessage.PostMessage;
import io.trunkline.protocol.BusMessage.Posted;
import io.trunkline.protocol.FrameWriter;
import io.trunkline.protocol.JsonFrame;
import io.trunkline.protocol.Refusal;
import io.trunkline.protocol.Times;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.stream.Stream;

/** The server API's messages: to a user, to a channel, to everybody. */
record MessagesApi(ApiCalls calls) {
  List<ApiRoute> routes() {
    return List.of(new ApiRoute(HttpMethod.POST, "/api/messages", this::post));
  }

  private Future<Void> post(RoutingContext context) {
    return calls
        .ask(message(ApiCalls.body(context), context))
        .map(answer -> (Posted) answer)
        .compose(posted -> ApiCalls.send(context, 202, shown(posted)));
  }

  private static PostMessage message(JsonFrame body, RoutingContext context) {
    boolean broadcast = body.bool("broadcast");
    long targets =
        Stream.of(body.hasValue("receiver"), body.hasValue("channel"), broadcast)
            .filter(given -> given)
            .count();
    if (targets != 1) {
      throw Refusal.badRequest("expected one of receiver, channel and broadcast, got " + targets);
    }
    String receiver = nameOrNull(body, "receiver");
    String channel = nameOrNull(body, "channel");
    if (receiver != null) {
      ApiAudit.about(context, "user", receiver);
    } else if (channel != null) {
      ApiAudit.about(context, "channel", channel);
    } else {
      ApiAudit.about(context, "broadcast");
    }
    return new PostMessage(
        receiver, channel, nameOrNull(body, "sender"), body.id(), body.raw("message"));
  }

  private static String nameOrNull(JsonFrame body, String field) {
    return body.hasValue(field) ? body.name(field) : null;
  }

  private static byte[] shown(Posted posted) {
    FrameWriter body = FrameWriter.object();
    if (posted.offset() > 0) {
      body.number("offset", posted.offset());
    }
    body.string("time", Times.iso(posted.time()));
    return (posted.duplicate() ? body.bool("duplicate", true) : body).end();
  }
}
