package io.trunkline.session.message;

import io.trunkline.protocol.BusMessage.Delivery;
import io.trunkline.protocol.BusMessage.LogPage;
import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.JsonFrame;
import io.trunkline.protocol.Refusal;
import io.trunkline.session.Call;
import io.trunkline.session.Channel;
import io.trunkline.session.Conversation;
import io.trunkline.session.Conversation.Position;
import io.trunkline.session.MessageType;
import io.vertx.core.Future;
import java.util.List;

/**
 * {@code history}: a page of what a durable channel holds, or of what the caller and another have
 * written to each other. The frames are those that a subscriber, or the receiver, got.
 */
public final class HistoryType implements MessageType<HistoryType.Fields> {
  private static final int DEFAULT_LIMIT = 100;
  private static final int MAX_LIMIT = 1000;

  /**
   * A page ends with the message that reaches this. With one of 64 KiB at its end, and what each
   * gets on its way out, it is well below the 1 MiB that a connection may leave unread.
   */
  private static final int MAX_BYTES = 256 * 1024;

  /**
   * A page of what.
   *
   * @param channel null: of a conversation
   * @param since an offset of the channel
   * @param with null: of a channel
   * @param position in the conversation
   */
  record Fields(String channel, long since, String with, Position position, int limit) {}

  @Override
  public String name() {
    return "history";
  }

  @Override
  public Fields read(JsonFrame frame) {
    int limit = (int) frame.integer("limit", 1, MAX_LIMIT, DEFAULT_LIMIT);
    if (!frame.hasValue("with")) {
      long since = frame.integer("since", 0, Long.MAX_VALUE, 0);
      return new Fields(frame.name("channel"), since, null, null, limit);
    }
    if (frame.hasValue("channel")) {
      throw Refusal.badRequest("with: expected this or channel, got both");
    }
    return new Fields(null, 0, frame.name("with"), ConversationCursor.read(frame), limit);
  }

  @Override
  public Future<Reply> handle(Fields fields, Call call) {
    if (fields.with() != null) {
      return call.conversation(fields.with(), fields.position(), fields.limit(), MAX_BYTES)
          .map(page -> answer(fields, page, call));
    }
    Channel channel = call.channel("subscribe", fields.channel());
    if (!channel.durable()) {
      throw Refusal.badRequest("channel: an ephemeral one has no history");
    }
    return call.read(channel.topic(), fields.since(), fields.limit(), MAX_BYTES)
        .map(page -> answer(fields, page, call));
  }

  private static Reply answer(Fields fields, LogPage page, Call call) {
    List<Delivery> entries = page.entries();
    boolean more = !entries.isEmpty() && entries.get(entries.size() - 1).offset() < page.head();
    return Reply.of(
        call.answer("history")
            .string("channel", fields.channel())
            .raws("messages", entries.stream().map(Delivery::frame).toList())
            .bool("more", more)
            .end());
  }

  private static Reply answer(Fields fields, Conversation page, Call call) {
    return Reply.of(
        call.answer("history")
            .string("with", fields.with())
            .raws("messages", page.frames())
            .bool("more", page.more())
            .string("next", ConversationCursor.text(page.next()))
            .end());
  }
}
