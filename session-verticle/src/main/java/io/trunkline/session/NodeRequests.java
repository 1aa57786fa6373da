package io.trunkline.session;

import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.BusMessage.CheckSessions;
import io.trunkline.protocol.BusMessage.CreateSession;
import io.trunkline.protocol.BusMessage.DeleteSession;
import io.trunkline.protocol.BusMessage.Done;
import io.trunkline.protocol.BusMessage.FindSession;
import io.trunkline.protocol.BusMessage.Heads;
import io.trunkline.protocol.BusMessage.MoveCursors;
import io.trunkline.protocol.BusMessage.ReadHeads;
import io.trunkline.protocol.BusMessage.ReadLog;
import io.trunkline.protocol.BusMessage.Refused;
import io.trunkline.protocol.BusMessage.SessionInfo;
import io.trunkline.protocol.BusMessage.SessionStates;
import io.trunkline.protocol.Refusal;
import io.trunkline.protocol.Shapes;
import io.vertx.core.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What gateways ask on behalf of themselves and of the server API: pages of the log, cursors,
 * sessions. Every question has an answer; {@link Refused} where it was not carried out.
 */
final class NodeRequests {
  private static final Logger log = LoggerFactory.getLogger(NodeRequests.class);

  /** Ten years: longer is a mistake in the unit. */
  private static final long MOST_TTL_SECONDS = 315_360_000;

  private final SessionStore sessions;
  private final LogStore logs;

  NodeRequests(SessionStore sessions, LogStore logs) {
    this.sessions = sessions;
    this.logs = logs;
  }

  Future<BusMessage> answer(BusMessage question) {
    return Future.<BusMessage>future(promise -> ask(question).onComplete(promise))
        .recover(failure -> Future.succeededFuture(refused(question, failure)));
  }

  static Refused refused(Refusal refusal) {
    return new Refused(refusal.code(), refusal.getMessage());
  }

  private Future<? extends BusMessage> ask(BusMessage question) {
    if (question instanceof ReadLog q) {
      return logs.read(q.topic(), q.after(), q.limit(), q.maxBytes());
    } else if (question instanceof ReadHeads q) {
      return logs.heads(q.topics()).map(Heads::new);
    } else if (question instanceof MoveCursors q) {
      return sessions
          .confirm(q.confirming())
          .compose(confirmed -> sessions.moveCursors(q.cursors()))
          .map(moved -> new Done());
    } else if (question instanceof CheckSessions q) {
      return sessions.check(q.sessions()).map(SessionStates::new);
    } else if (question instanceof CreateSession q) {
      return create(q);
    } else if (question instanceof FindSession q) {
      return sessions.find(q.id()).map(NodeRequests::info);
    } else if (question instanceof DeleteSession q) {
      return sessions.delete(SessionStore.hash(q.id())).map(deleted -> new Done());
    }
    throw new IllegalArgumentException("nobody answers this here");
  }

  private Future<SessionInfo> create(CreateSession question) {
    if (!Shapes.isName(question.user())) {
      throw Refusal.badRequest("user: expected 1 to " + Shapes.MAX_NAME + " characters");
    }
    if (question.ttlSeconds() < 0 || question.ttlSeconds() > MOST_TTL_SECONDS) {
      throw Refusal.badRequest(
          "ttl_seconds: expected at most " + MOST_TTL_SECONDS + ", got " + question.ttlSeconds());
    }
    return sessions
        .create(question.user(), question.ttlSeconds())
        .map(made -> new SessionInfo("valid", made.id(), made.user(), made.expiresAt()));
  }

  private static SessionInfo info(Session session) {
    return session == null
        ? new SessionInfo("expired", null, null, 0)
        : new SessionInfo("valid", null, session.user(), session.expiresAt());
  }

  private static Refused refused(BusMessage question, Throwable failure) {
    if (failure instanceof Refusal refusal) {
      return refused(refusal);
    }
    log.error("node_request_failed kind={}", question.getClass().getSimpleName(), failure);
    return refused(Refusal.unavailable("internal error"));
  }
}
