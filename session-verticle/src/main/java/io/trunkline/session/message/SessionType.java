package io.trunkline.session.message;

import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.JsonFrame;
import io.trunkline.protocol.Refusal;
import io.trunkline.protocol.Topics;
import io.trunkline.session.Call;
import io.trunkline.session.MessageType;
import io.trunkline.session.Place;
import io.trunkline.session.Session;
import io.vertx.core.Future;

/**
 * {@code session}: who the client is, by a session id. The first one that is valid makes the
 * connection its user's; later ones may only be the same user's.
 */
public final class SessionType implements MessageType<SessionType.Fields> {
  private static final long FROM_CURSOR = -1;

  /**
   * What the client has.
   *
   * @param sessionId null or blank: nothing
   * @param since the offset up to which it has its inbox; {@link #FROM_CURSOR}: as its cursor says
   */
  record Fields(String sessionId, long since) {
    @Override
    public String toString() {
      return "Fields[since=" + since + "]";
    }
  }

  @Override
  public String name() {
    return "session";
  }

  @Override
  public boolean needsSession() {
    return false;
  }

  @Override
  public Fields read(JsonFrame frame) {
    return new Fields(
        frame.string("session_id"), frame.integer("since", 0, Long.MAX_VALUE, FROM_CURSOR));
  }

  @Override
  public Future<Reply> handle(Fields fields, Call call) {
    if (fields.sessionId() == null || fields.sessionId().isBlank()) {
      return Future.succeededFuture(SessionAnswer.without(call, "empty"));
    }
    return call.findSession(fields.sessionId()).compose(session -> answer(session, fields, call));
  }

  private static Future<Reply> answer(Session session, Fields fields, Call call) {
    if (session == null) {
      return Future.succeededFuture(SessionAnswer.without(call, "expired"));
    }
    if (call.caller() == null) {
      return resume(session, fields.since(), call)
          .onSuccess(resumption -> call.resumed(resumption.recovered()))
          .map(resumption -> SessionAnswer.first(call, session, resumption))
          .map(first -> call.watched(first, fields.sessionId()));
    }
    if (!call.caller().user().equals(session.user())) {
      throw Refusal.forbidden("session_id: expected one of the same user");
    }
    Reply again = SessionAnswer.again(call, session);
    return Future.succeededFuture(call.watched(again, fields.sessionId()));
  }

  private static Future<Resumption> resume(Session session, long since, Call call) {
    if (since == FROM_CURSOR) {
      Place place = new Place(session.head(), session.firstAfterCursor());
      return Future.succeededFuture(Resumption.from(session.cursor(), place));
    }
    return call.place(Topics.user(session.user()), since)
        .map(place -> Resumption.from(since, place));
  }
}
