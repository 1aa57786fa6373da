package io.trunkline.gateway;

import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage.Cursor;
import io.trunkline.protocol.BusMessage.MoveCursors;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far each session has read, gathered and sent to the log in batches: a cursor that lags a
 * second costs a client that reconnects a repeat, never a loss. Confined to its event loop.
 */
final class Cursors {
  private static final Logger log = LoggerFactory.getLogger(Cursors.class);

  /**
   * While a connection lives its cursor may be this old, and a new session of its user begins so
   * far back.
   */
  private static final long FLUSH_MILLIS = 250;

  /** After a connection has gone its user may be back at once. */
  private static final long FLUSH_AFTER_CLOSE_MILLIS = 2;

  private static final int MAX_BATCH = 1000;
  private static final long TIMEOUT_MILLIS = 4000;

  private final Vertx vertx;
  private final Questions questions;

  /** Moved since the last flush; at most one entry a session connected here. */
  private final Map<String, Long> moved = new HashMap<>();

  /** Sessions whose client has begun to say what it received, since the last flush. */
  private final Set<String> confirming = new HashSet<>();

  /** Whose cursors will have moved once their frames have left; at most one a connection. */
  private final Set<Follower> due = new HashSet<>();

  private final long timer;
  private boolean flushingSoon;

  Cursors(Vertx vertx, Questions questions) {
    this.vertx = vertx;
    this.questions = questions;
    this.timer = vertx.setPeriodic(FLUSH_MILLIS, id -> flush());
  }

  void move(String session, long offset) {
    moved.merge(session, offset, Math::max);
  }

  /**
   * The session's client moves the cursor itself from now on, on this connection and later ones.
   */
  void confirm(String session) {
    confirming.add(session);
  }

  /** Asks the follower at each flush until it has told. */
  void due(Follower follower) {
    due.add(follower);
  }

  /** The session's connection has gone: what is known of its cursor leaves soon. */
  void closing(String session) {
    if (moved.containsKey(session) && !flushingSoon) {
      flushingSoon = true;
      vertx.setTimer(FLUSH_AFTER_CLOSE_MILLIS, id -> flush());
    }
  }

  /** The last flush. */
  void stop() {
    vertx.cancelTimer(timer);
    flush();
  }

  private void flush() {
    flushingSoon = false;
    due.removeIf(Follower::tellCursor);
    if (!confirming.isEmpty()) {
      send(new MoveCursors(List.of(), List.copyOf(confirming)));
      confirming.clear();
    }
    List<Cursor> batch = new ArrayList<>();
    for (Map.Entry<String, Long> entry : moved.entrySet()) {
      batch.add(new Cursor(entry.getKey(), entry.getValue()));
      if (batch.size() == MAX_BATCH) {
        send(new MoveCursors(batch, List.of()));
        batch = new ArrayList<>();
      }
    }
    moved.clear();
    if (!batch.isEmpty()) {
      send(new MoveCursors(batch, List.of()));
    }
  }

  private void send(MoveCursors moves) {
    questions
        .ask(Addresses.LOG, moves, TIMEOUT_MILLIS)
        .onFailure(e -> log.debug("cursors_not_moved count={}", moves.cursors().size(), e));
  }
}
