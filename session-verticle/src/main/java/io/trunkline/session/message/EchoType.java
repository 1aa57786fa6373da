package io.trunkline.session.message;

import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.JsonFrame;
import io.trunkline.session.Call;
import io.trunkline.session.MessageType;
import io.vertx.core.Future;

/** {@code echo}: the content comes back as it was, byte for byte. */
public final class EchoType implements MessageType<EchoType.Fields> {
  /** The content is any JSON. */
  @SuppressWarnings("ArrayRecordComponent") // bytes on their way to the answer; never compared
  record Fields(byte[] content) {}

  @Override
  public String name() {
    return "echo";
  }

  @Override
  public Fields read(JsonFrame frame) {
    return new Fields(frame.raw("content"));
  }

  @Override
  public Future<Reply> handle(Fields fields, Call call) {
    byte[] answer = call.answer("echo").raw("content", fields.content()).end();
    return Future.succeededFuture(Reply.of(answer));
  }
}
