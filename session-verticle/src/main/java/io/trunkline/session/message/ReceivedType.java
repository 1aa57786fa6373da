package io.trunkline.session.message;

import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.Directive;
import io.trunkline.protocol.JsonFrame;
import io.trunkline.protocol.Refusal;
import io.trunkline.protocol.Topics;
import io.trunkline.session.Call;
import io.trunkline.session.MessageType;
import io.vertx.core.Future;
import java.util.List;

/** {@code received}: the client has everything up to this offset of its inbox. No answer. */
public final class ReceivedType implements MessageType<ReceivedType.Fields> {
  private static final long MISSING = -1;

  /** The last offset that the client has. */
  record Fields(long offset) {}

  @Override
  public String name() {
    return "received";
  }

  @Override
  public Fields read(JsonFrame frame) {
    long offset = frame.integer("offset", 0, Long.MAX_VALUE, MISSING);
    if (offset == MISSING) {
      throw Refusal.badRequest("offset: missing");
    }
    return new Fields(offset);
  }

  @Override
  public Future<Reply> handle(Fields fields, Call call) {
    String inbox = Topics.user(call.caller().user());
    return Future.succeededFuture(
        new Reply(null, List.of(new Directive.Received(inbox, fields.offset()))));
  }
}
