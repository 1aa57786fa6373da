package io.trunkline.session.message;

import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.Directive;
import io.trunkline.protocol.Directive.Elsewhere;
import io.trunkline.protocol.Directive.Follow;
import io.trunkline.protocol.Directive.Identify;
import io.trunkline.protocol.Times;
import io.trunkline.protocol.Topics;
import io.trunkline.session.Call;
import io.trunkline.session.Session;
import java.util.List;

/** The {@code session} frame, and what the gateway is to do with it. */
final class SessionAnswer {
  private SessionAnswer() {}

  /** There is no session: {@code status} says why. */
  static Reply without(Call call, String status, Directive... directives) {
    return Reply.of(call.answer("session").string("status", status).end(), directives);
  }

  /** The connection is the session's from now on, and gets its user's inbox from there. */
  static Reply first(Call call, Session session, Resumption resumption) {
    return Reply.of(
        frame(call, session, resumption.head(), resumption.recovered()),
        identify(session),
        new Elsewhere(elsewhere(call, session.user())),
        new Follow(Topics.user(session.user()), resumption.after(), !session.confirms()));
  }

  private static List<String> elsewhere(Call call, String user) {
    return call.presence().gatewaysOf(user).stream()
        .filter(gateway -> !gateway.equals(call.gateway()))
        .toList();
  }

  /** The connection had this user's session before: it goes on reading where it is. */
  static Reply again(Call call, Session session) {
    return Reply.of(frame(call, session, session.head(), true), identify(session));
  }

  private static byte[] frame(Call call, Session session, long head, boolean recovered) {
    return call.answer("session")
        .string("status", "valid")
        .string("user", session.user())
        .string("expires_at", Times.iso(session.expiresAt()))
        .string("node", call.gateway())
        .number("offset", head)
        .bool("recovered", recovered)
        .number("heartbeat_seconds", call.heartbeatSeconds())
        .end();
  }

  private static Identify identify(Session session) {
    return new Identify(session.user(), session.hash(), session.expiresAt(), session.permissions());
  }
}
