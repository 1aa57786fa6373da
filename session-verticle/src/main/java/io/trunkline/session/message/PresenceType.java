package io.trunkline.session.message;

import io.trunkline.protocol.BusMessage.PresenceInfo;
import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.JsonFrame;
import io.trunkline.protocol.Refusal;
import io.trunkline.protocol.Shapes;
import io.trunkline.session.Call;
import io.trunkline.session.MessageType;
import io.vertx.core.Future;
import java.util.List;

/**
 * {@code presence}: who is online, on whichever gateway, or in a channel; everybody, or those asked
 * for. In a channel that the caller may not subscribe to it sees nobody.
 */
public final class PresenceType implements MessageType<PresenceType.Fields> {
  /** Names that a question may have. */
  private static final int MAX_USERS = 100;

  /**
   * Who is asked for.
   *
   * @param channel null: anywhere
   * @param users null: everybody
   */
  record Fields(String channel, List<String> users) {}

  @Override
  public String name() {
    return "presence";
  }

  @Override
  public String permission() {
    return "presence";
  }

  @Override
  public Fields read(JsonFrame frame) {
    return new Fields(channel(frame), users(frame));
  }

  @Override
  public Future<Reply> handle(Fields fields, Call call) {
    PresenceInfo info = call.presence(fields.channel(), fields.users());
    return Future.succeededFuture(
        Reply.of(
            call.answer("presence")
                .number("count", info.count())
                .strings("users", info.users())
                .end()));
  }

  private static String channel(JsonFrame frame) {
    return frame.hasValue("channel") ? frame.name("channel") : null;
  }

  private static List<String> users(JsonFrame frame) {
    List<String> users = frame.strings("users", MAX_USERS);
    if (users != null && !users.stream().allMatch(Shapes::isName)) {
      throw Refusal.badRequest("users: expected names of 1 to " + Shapes.MAX_NAME + " characters");
    }
    return users;
  }
}
