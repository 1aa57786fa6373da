package io.trunkline.demo;

import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.JsonFrame;
import io.trunkline.session.Call;
import io.trunkline.session.MessageType;
import io.trunkline.session.Presence;
import io.vertx.core.Future;
import java.util.List;

/**
 * {@code demo_people}: who is online, and on which gateways. The protocol tells no client where
 * others are; a message type of one's own may.
 *
 * <pre>
 * -> {"type":"demo_people","id":"c-1"}
 * <- {"type":"demo_people","id":"c-1","count":2,"users":["alice","bob"],
 *     "gateways":["gateway-1","gateway-2"]}
 * </pre>
 */
public final class PeopleType implements MessageType<PeopleType.Fields> {
  private static final int MOST = 100;

  /** There are none. */
  public record Fields() {}

  @Override
  public String name() {
    return "demo_people";
  }

  @Override
  public Fields read(JsonFrame frame) {
    return new Fields();
  }

  @Override
  public Future<Reply> handle(Fields fields, Call call) {
    Presence presence = call.presence();
    List<String> users = presence.users(MOST);
    List<String> gateways =
        users.stream().map(user -> String.join(", ", presence.gatewaysOf(user))).toList();
    return Future.succeededFuture(
        Reply.of(
            call.answer(name())
                .number("count", presence.count())
                .strings("users", users)
                .strings("gateways", gateways)
                .end()));
  }
}
