package io.trunkline.session.message;

import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.FrameWriter;
import io.trunkline.protocol.JsonFrame;
import io.trunkline.session.Call;
import io.trunkline.session.Channel;
import io.trunkline.session.MessageFrames;
import io.trunkline.session.MessageType;
import io.vertx.core.Future;

/**
 * {@code publish}: to everybody who is subscribed to the channel. On a durable one it is stored
 * before it is acked, once where it has an id; on an ephemeral one it is sent at most once and
 * stored nowhere.
 */
public final class PublishType implements MessageType<PublishType.Fields> {
  /** The message is any JSON. */
  @SuppressWarnings("ArrayRecordComponent") // bytes on their way to the log; never compared
  record Fields(String channel, byte[] message) {}

  @Override
  public String name() {
    return "publish";
  }

  @Override
  public Fields read(JsonFrame frame) {
    return new Fields(frame.name("channel"), frame.raw("message"));
  }

  @Override
  public Future<Reply> handle(Fields fields, Call call) {
    Channel channel = call.channel("publish", fields.channel());
    if (!channel.durable()) {
      FrameWriter open = MessageFrames.channelMessage(fields.channel(), call.caller().user());
      return Future.succeededFuture(call.sendUnstored(channel, open, fields.message()));
    }
    if (call.id() == null) {
      call.refuseRepeat();
    }
    FrameWriter frame =
        MessageFrames.channelMessage(fields.channel(), call.caller().user(), fields.message());
    return call.append(channel.topic(), false, frame.open()).map(call::ack);
  }
}
