package io.trunkline.session.message;

import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.ErrorCode;
import io.trunkline.protocol.JsonFrame;
import io.trunkline.protocol.Refusal;
import io.trunkline.protocol.Shapes;
import io.trunkline.session.Call;
import io.trunkline.session.MessageType;
import io.trunkline.session.Presence;
import io.vertx.core.Future;
import java.util.List;
import java.util.TreeSet;

/** {@code presence}: who is online, on whichever gateway; everybody, or those asked for. */
public final class PresenceType implements MessageType<PresenceType.Fields> {
  /** Names that a question may have and that an answer shows; the count is never cut. */
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
    if (fields.channel() != null) {
      throw new Refusal(ErrorCode.UNKNOWN_CHANNEL, "channel: there is none of this name");
    }
    Presence presence = call.presence();
    if (fields.users() == null) {
      return answer(call, presence.count(), presence.users(MAX_USERS));
    }
    List<String> online =
        new TreeSet<>(fields.users()).stream().filter(presence::isOnline).toList();
    return answer(call, online.size(), online);
  }

  private static Future<Reply> answer(Call call, int count, List<String> users) {
    return Future.succeededFuture(
        Reply.of(call.answer("presence").number("count", count).strings("users", users).end()));
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
