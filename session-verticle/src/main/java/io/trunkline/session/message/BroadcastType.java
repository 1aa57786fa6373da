package io.trunkline.session.message;

import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.JsonFrame;
import io.trunkline.protocol.Times;
import io.trunkline.session.Call;
import io.trunkline.session.MessageFrames;
import io.trunkline.session.MessageType;
import io.vertx.core.Future;

/** {@code broadcast}: to every connection that has a session, at most once, stored nowhere. */
public final class BroadcastType implements MessageType<BroadcastType.Fields> {
  /** The message is any JSON. */
  @SuppressWarnings("ArrayRecordComponent") // bytes on their way to the bus; never compared
  record Fields(byte[] message) {}

  @Override
  public String name() {
    return "broadcast";
  }

  @Override
  public String permission() {
    return "broadcast";
  }

  @Override
  public Fields read(JsonFrame frame) {
    return new Fields(frame.raw("message"));
  }

  @Override
  public Future<Reply> handle(Fields fields, Call call) {
    call.refuseRepeat();
    long time = System.currentTimeMillis();
    call.broadcast(
        MessageFrames.broadcast(call.caller().user(), fields.message())
            .string("time", Times.iso(time))
            .end());
    return Future.succeededFuture(call.ack(time));
  }
}
