package io.trunkline.session.message;

import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.CloseCode;
import io.trunkline.protocol.Directive.Close;
import io.trunkline.protocol.JsonFrame;
import io.trunkline.session.Call;
import io.trunkline.session.MessageType;
import io.trunkline.session.Session;
import io.vertx.core.Future;

/** {@code renew}: more time for the caller's session, from now on. */
public final class RenewType implements MessageType<RenewType.Fields> {
  /** There are none. */
  record Fields() {}

  @Override
  public String name() {
    return "renew";
  }

  @Override
  public Fields read(JsonFrame frame) {
    return new Fields();
  }

  @Override
  public Future<Reply> handle(Fields fields, Call call) {
    return call.renewSession().map(session -> answer(call, session));
  }

  /** A session that is gone ends its connections; this one may be the first to hear of it. */
  private static Reply answer(Call call, Session session) {
    return session == null
        ? SessionAnswer.without(call, "expired", new Close(CloseCode.SESSION_ENDED))
        : SessionAnswer.again(call, session);
  }
}
