package io.trunkline.session.message;

import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.CloseCode;
import io.trunkline.protocol.Directive.Close;
import io.trunkline.protocol.JsonFrame;
import io.trunkline.session.Call;
import io.trunkline.session.MessageType;
import io.vertx.core.Future;

/** {@code logout}: the caller's session ends, here and on its other connections. */
public final class LogoutType implements MessageType<LogoutType.Fields> {
  /** There are none. */
  record Fields() {}

  @Override
  public String name() {
    return "logout";
  }

  @Override
  public Fields read(JsonFrame frame) {
    return new Fields();
  }

  @Override
  public Future<Reply> handle(Fields fields, Call call) {
    return call.endSession()
        .map(ended -> SessionAnswer.without(call, "empty", new Close(CloseCode.SESSION_ENDED)));
  }
}
