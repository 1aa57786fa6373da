package io.trunkline.session.message;

import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.JsonFrame;
import io.trunkline.protocol.Topics;
import io.trunkline.session.Call;
import io.trunkline.session.MessageFrames;
import io.trunkline.session.MessageType;
import io.vertx.core.Future;

/**
 * {@code private_message}: stored in the receiver's inbox, then acked and sent to wherever the
 * receiver is. With an id it is stored once; without one it is not tried twice.
 */
public final class PrivateMessageType implements MessageType<PrivateMessageType.Fields> {
  /** The message is any JSON. */
  @SuppressWarnings("ArrayRecordComponent") // bytes on their way to the log; never compared
  record Fields(String receiver, byte[] message) {}

  @Override
  public String name() {
    return "private_message";
  }

  @Override
  public Fields read(JsonFrame frame) {
    return new Fields(frame.name("receiver"), frame.raw("message"));
  }

  @Override
  public Future<Reply> handle(Fields fields, Call call) {
    if (call.id() == null) {
      call.refuseRepeat();
    }
    return call.append(Topics.user(fields.receiver()), true, stored(fields, call)).map(call::ack);
  }

  private static byte[] stored(Fields fields, Call call) {
    return MessageFrames.privateMessage(call.caller().user(), fields.receiver(), fields.message())
        .open();
  }
}
