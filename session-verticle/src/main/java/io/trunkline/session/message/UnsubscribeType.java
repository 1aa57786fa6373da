package io.trunkline.session.message;

import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.Directive.Unfollow;
import io.trunkline.protocol.JsonFrame;
import io.trunkline.protocol.Topics;
import io.trunkline.session.Call;
import io.trunkline.session.MessageType;
import io.vertx.core.Future;

/**
 * {@code unsubscribe}: nothing of the channel comes after the answer. Needs no permission, and no
 * such channel, nor that it was followed: what is wanted holds.
 */
public final class UnsubscribeType implements MessageType<UnsubscribeType.Fields> {
  /** The channel that is of no interest any more. */
  record Fields(String channel) {}

  @Override
  public String name() {
    return "unsubscribe";
  }

  @Override
  public Fields read(JsonFrame frame) {
    return new Fields(frame.name("channel"));
  }

  @Override
  public Future<Reply> handle(Fields fields, Call call) {
    return Future.succeededFuture(
        Reply.of(
            call.answer("unsubscribed").string("channel", fields.channel()).end(),
            new Unfollow(Topics.channel(fields.channel())),
            new Unfollow(Topics.here(fields.channel(), call.caller().user())),
            new Unfollow(Topics.presence(fields.channel()))));
  }
}
