package com.example.reactions;

import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.Directive.Follow;
import io.trunkline.protocol.FrameWriter;
import io.trunkline.protocol.JsonFrame;
import io.trunkline.protocol.Refusal;
import io.trunkline.session.Appended;
import io.trunkline.session.Call;
import io.trunkline.session.Channel;
import io.trunkline.session.MessageType;
import io.vertx.core.Future;
import java.util.List;

/**
 * {@code reaction}: an emoji to a message of a durable channel. It is stored in the channel's log,
 * reaches everybody who is subscribed, and whoever reacts is subscribed from there on.
 *
 * <pre>
 * -> {"type":"reaction","id":"c-1","channel":"news","to":7,"emoji":"!"}
 * <- {"type":"ack","id":"c-1","offset":9,"time":"..."}
 * <- {"type":"reaction","channel":"news","sender":"alice","to":7,"emoji":"!","offset":9,"time":"..."}
 * </pre>
 */
public final class ReactionType implements MessageType<ReactionType.Fields> {
  /** Some emoji are a dozen characters: a family, a flag. */
  private static final int MOST_CHARACTERS = 16;

  /** The fields of a frame, checked. */
  public record Fields(String channel, long to, String emoji) {}

  @Override
  public String name() {
    return "reaction";
  }

  @Override
  public Fields read(JsonFrame frame) {
    long to = frame.integer("to", 1, Long.MAX_VALUE, 0);
    if (to == 0) {
      throw Refusal.badRequest("to: missing");
    }
    return new Fields(frame.name("channel"), to, emoji(frame));
  }

  private static String emoji(JsonFrame frame) {
    String emoji = frame.string("emoji");
    if (emoji == null || emoji.isBlank() || emoji.length() > MOST_CHARACTERS) {
      throw Refusal.badRequest("emoji: expected 1 to " + MOST_CHARACTERS + " characters");
    }
    return emoji;
  }

  @Override
  public Future<Reply> handle(Fields fields, Call call) {
    Channel channel = call.channel("publish", fields.channel());
    if (!channel.durable()) {
      throw Refusal.badRequest("channel: expected a durable one");
    }
    if (call.id() == null) {
      call.refuseRepeat(); // without an id nothing tells a repeat from a second reaction
    }
    return call.append(channel.topic(), false, frame(fields, call))
        .map(appended -> answer(channel, appended, call));
  }

  private static byte[] frame(Fields fields, Call call) {
    return FrameWriter.frame("reaction")
        .string("channel", fields.channel())
        .string("sender", call.caller().user())
        .number("to", fields.to())
        .string("emoji", fields.emoji())
        .open();
  }

  private static Reply answer(Channel channel, Appended appended, Call call) {
    Follow fromHere = new Follow(channel.topic(), appended.offset() - 1, false);
    return new Reply(call.ack(appended).frame(), List.of(fromHere));
  }
}
