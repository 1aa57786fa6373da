package io.trunkline.gateway;

import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage.CheckSessionIds;
import io.trunkline.protocol.BusMessage.CheckSessions;
import io.trunkline.protocol.BusMessage.SessionOwner;
import io.trunkline.protocol.BusMessage.SessionOwners;
import io.trunkline.protocol.BusMessage.SessionStates;
import io.trunkline.protocol.CloseCode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When a session's time is up, asks whether it has been renewed since, by another connection for
 * instance. Those that are up at the same moment are asked for together. Without an answer nobody
 * stays in, but is told to come again rather than that the session has ended.
 *
 * <p>Confined to its event loop.
 */
final class SessionChecks {
  /** A connection whose answer is still out is looked at again after this. */
  static final long RECHECK_MILLIS = 1000;

  /** Sessions of one question. */
  private static final int MAX_BATCH = 1000;

  /** Each is a look of its own in the other application's table. */
  private static final int MAX_WATCHED_BATCH = 200;

  /** Who is due within this is asked for together. */
  private static final long GATHER_MILLIS = 100;

  /** The database's own time-out ends first. */
  private static final int WATCHED_MILLIS = 3000;

  private static final Logger log = LoggerFactory.getLogger(SessionChecks.class);

  private final Vertx vertx;
  private final Questions questions;
  private List<Connection> waiting = new ArrayList<>();

  /** Due to be asked for though their time is not up. */
  private Set<Connection> watched = new LinkedHashSet<>();

  SessionChecks(Vertx vertx, Questions questions) {
    this.vertx = vertx;
    this.questions = questions;
  }

  void recheck(Connection connection) {
    if (waiting.isEmpty()) {
      vertx.runOnContext(ignored -> ask());
    }
    waiting.add(connection);
  }

  /** Asks, some time before its session is up, for one whose end nobody tells. */
  void look(Connection connection) {
    if (watched.isEmpty()) {
      vertx.setTimer(GATHER_MILLIS, ignored -> lookAtAll());
    }
    watched.add(connection);
  }

  /**
   * Sessions may have ended without a word reaching us, since a session service did not know of us
   * for a while: asks until there is an answer.
   */
  void verify(Collection<Connection> connections) {
    inBatches(
        connections,
        connection -> connection.hasSession() && connection.watched() == null,
        MAX_BATCH,
        this::verifyUntilTold);
    connections.stream().filter(connection -> connection.watched() != null).forEach(this::look);
  }

  private static void inBatches(
      Collection<Connection> connections,
      Predicate<Connection> which,
      int most,
      Consumer<List<Connection>> task) {
    List<Connection> batch = new ArrayList<>();
    for (Connection connection : connections) {
      if (which.test(connection)) {
        batch.add(connection);
      }
      if (batch.size() == most) {
        task.accept(batch);
        batch = new ArrayList<>();
      }
    }
    if (!batch.isEmpty()) {
      task.accept(batch);
    }
  }

  private void verifyUntilTold(List<Connection> batch) {
    batch.removeIf(connection -> !connection.isOpen());
    List<String> sessions = sessionsOf(batch);
    states(sessions)
        .onSuccess(states -> tell(batch, sessions, states))
        .onFailure(e -> vertx.setTimer(RECHECK_MILLIS, id -> verifyUntilTold(batch)));
  }

  private void lookAtAll() {
    Set<Connection> all = watched;
    watched = new LinkedHashSet<>();
    inBatches(
        all,
        Connection::isOpen,
        MAX_WATCHED_BATCH,
        // Without an answer: at the next look.
        batch -> owners(batch).onFailure(e -> log.debug("look_failed", e)));
  }

  private void ask() {
    List<Connection> all = waiting;
    waiting = new ArrayList<>();
    inBatches(all, c -> c.watched() == null, MAX_BATCH, this::ask);
    inBatches(
        all,
        c -> c.watched() != null,
        MAX_WATCHED_BATCH,
        batch -> {
          List<String> sessions = sessionsOf(batch);
          owners(batch).onFailure(e -> sendAway(batch, sessions));
        });
  }

  private void ask(List<Connection> batch) {
    List<String> sessions = sessionsOf(batch);
    states(sessions)
        .onSuccess(states -> tell(batch, sessions, states))
        .onFailure(e -> sendAway(batch, sessions));
  }

  private static List<String> sessionsOf(List<Connection> batch) {
    return batch.stream().map(Connection::session).toList();
  }

  private Future<List<Long>> states(List<String> sessions) {
    return questions
        .ask(Addresses.SESSIONS, new CheckSessions(sessions), RECHECK_MILLIS)
        .map(answer -> ((SessionStates) answer).expiresAt());
  }

  /** Asks whose the sessions are that these connections gave the ids of, and tells them. */
  private Future<Void> owners(List<Connection> batch) {
    List<String> sessions = sessionsOf(batch);
    List<String> ids = batch.stream().map(Connection::watched).toList();
    return questions
        .ask(Addresses.SESSIONS, new CheckSessionIds(ids), WATCHED_MILLIS)
        .map(answer -> ((SessionOwners) answer).owners())
        .onSuccess(
            owners -> {
              for (int i = 0; i < batch.size(); i++) {
                if (stillHas(batch.get(i), sessions.get(i))) {
                  tell(batch.get(i), owners.get(i));
                }
              }
            })
        .mapEmpty();
  }

  /** A session that became another user's has ended for this one. */
  private static void tell(Connection connection, SessionOwner owner) {
    if (connection.user().equals(owner.user())) {
      connection.changed(owner.expiresAt(), owner.permissions());
    } else {
      connection.sessionEnded();
    }
  }

  private static void tell(List<Connection> batch, List<String> sessions, List<Long> states) {
    for (int i = 0; i < batch.size(); i++) {
      if (stillHas(batch.get(i), sessions.get(i))) {
        batch.get(i).expire(states.get(i));
      }
    }
  }

  private static void sendAway(List<Connection> batch, List<String> sessions) {
    for (int i = 0; i < batch.size(); i++) {
      if (stillHas(batch.get(i), sessions.get(i))) {
        batch.get(i).close(CloseCode.OVERLOADED);
      }
    }
  }

  /** A connection that was given another session meanwhile was not asked for. */
  private static boolean stillHas(Connection connection, String session) {
    return session.equals(connection.session());
  }
}
