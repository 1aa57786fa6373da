package io.trunkline.session;

import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.BusMessage.AskPresence;
import io.trunkline.protocol.BusMessage.AskUser;
import io.trunkline.protocol.BusMessage.CheckSessionIds;
import io.trunkline.protocol.BusMessage.CheckSessions;
import io.trunkline.protocol.BusMessage.CreatePermittedSession;
import io.trunkline.protocol.BusMessage.CreateSession;
import io.trunkline.protocol.BusMessage.DeleteSession;
import io.trunkline.protocol.BusMessage.DeleteUserSessions;
import io.trunkline.protocol.BusMessage.Done;
import io.trunkline.protocol.BusMessage.EndSession;
import io.trunkline.protocol.BusMessage.FindSession;
import io.trunkline.protocol.BusMessage.Heads;
import io.trunkline.protocol.BusMessage.MoveCursors;
import io.trunkline.protocol.BusMessage.OwnsType;
import io.trunkline.protocol.BusMessage.PostMessage;
import io.trunkline.protocol.BusMessage.ReadHeads;
import io.trunkline.protocol.BusMessage.ReadLog;
import io.trunkline.protocol.BusMessage.Refused;
import io.trunkline.protocol.BusMessage.SessionInfo;
import io.trunkline.protocol.BusMessage.SessionOwners;
import io.trunkline.protocol.BusMessage.SessionStates;
import io.trunkline.protocol.BusMessage.TypeOwned;
import io.trunkline.protocol.Refusal;
import io.trunkline.protocol.Shapes;
import io.vertx.core.Future;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What gateways ask on behalf of themselves and of the server API: pages of the log, cursors,
 * sessions, messages of the application, presence. Every question has an answer; {@link Refused}
 * where it was not carried out.
 */
final class NodeRequests {
  private static final Logger log = LoggerFactory.getLogger(NodeRequests.class);

  /** Ten years: longer is a mistake in the unit. */
  private static final long MOST_TTL_SECONDS = 315_360_000;

  /** What this service handles itself. */
  private final Set<String> types;

  private final Sessions sessions;
  private final UserStore users;
  private final CursorStore cursors;
  private final LogStore logs;
  private final Postings postings;
  private final PresenceQuestions presence;
  private final Presence whereabouts;

  NodeRequests(Set<String> types, Workplace workplace) {
    this.types = types;
    sessions = workplace.sessions();
    users = workplace.users();
    cursors = workplace.cursors();
    logs = workplace.log();
    postings = workplace.postings();
    whereabouts = workplace.presence();
    presence = new PresenceQuestions(workplace.presence(), workplace.channels());
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
      return cursors
          .confirm(q.confirming())
          .compose(confirmed -> cursors.move(q.cursors()))
          .map(moved -> new Done());
    } else if (question instanceof CheckSessions q) {
      return sessions.check(q.sessions()).map(SessionStates::new);
    } else if (question instanceof CreateSession q) {
      return create(q.user(), q.ttlSeconds(), null);
    } else if (question instanceof CreatePermittedSession q) {
      return create(q.user(), q.ttlSeconds(), permissions(q.permissions()));
    } else if (question instanceof DeleteUserSessions q) {
      return sessions.deleteAll(q.user()).map(deleted -> new Done());
    } else if (question instanceof CheckSessionIds q) {
      return sessions.owners(q.ids()).map(SessionOwners::new);
    } else if (question instanceof FindSession q) {
      return sessions.find(q.id()).map(NodeRequests::info);
    } else if (question instanceof DeleteSession q) {
      return sessions.delete(SessionHash.of(q.id())).map(deleted -> new Done());
    } else if (question instanceof OwnsType q) {
      return Future.succeededFuture(new TypeOwned(types.contains(q.type())));
    } else if (question instanceof PostMessage q) {
      return postings.post(q);
    } else if (question instanceof AskPresence q) {
      return Future.succeededFuture(presence.answer(q));
    } else if (question instanceof AskUser q) {
      return users.show(q.user(), whereabouts.gatewaysOf(q.user()));
    } else if (question instanceof EndSession q) {
      return sessions.deleteOf(q.user(), q.session()).map(deleted -> new Done());
    }
    throw new IllegalArgumentException("nobody answers this here");
  }

  private Future<SessionInfo> create(String user, long ttlSeconds, List<String> permissions) {
    if (!Shapes.isName(user)) {
      throw Refusal.badRequest("user: expected 1 to " + Shapes.MAX_NAME + " characters");
    }
    if (ttlSeconds < 0 || ttlSeconds > MOST_TTL_SECONDS) {
      throw Refusal.badRequest(
          "ttl_seconds: expected at most " + MOST_TTL_SECONDS + ", got " + ttlSeconds);
    }
    return sessions
        .create(user, ttlSeconds, permissions)
        .map(made -> new SessionInfo("valid", made.id(), made.user(), made.expiresAt()));
  }

  private static List<String> permissions(List<String> names) {
    try {
      return Permissions.checked(names);
    } catch (IllegalArgumentException bad) {
      throw Refusal.badRequest("permissions: expected " + bad.getMessage());
    }
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
