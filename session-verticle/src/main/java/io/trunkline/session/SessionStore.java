package io.trunkline.session;

import io.trunkline.protocol.BusMessage;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;

/** Sessions in Postgres. */
@SuppressWarnings("unused")
final class SessionStore {
  SessionStore(Vertx vertx, Database database, StoreSettings settings) {}

  /** {@code ttlSeconds} 0 means the default. */
  Future<CreatedSession> create(String user, long ttlSeconds) {
    return todo();
  }

  /** Null where the id is unknown, deleted or past its time: nobody is told which. */
  Future<Session> find(String id) {
    return todo();
  }

  /** The session with its time extended; null where it is gone. */
  Future<Session> renew(String hash) {
    return todo();
  }

  /** Whether there was one. */
  Future<Boolean> delete(String hash) {
    return todo();
  }

  /** Expiry of each, in the same order, epoch milliseconds; 0 for one that has ended. */
  Future<List<Long>> check(List<String> hashes) {
    return todo();
  }

  /** Forward only, and never beyond the head. */
  Future<Void> moveCursors(List<BusMessage.Cursor> cursors) {
    return todo();
  }

  /** The SHA-256 of a session id, in hex. */
  static String hash(String id) {
    return id;
  }

  private static <T> Future<T> todo() {
    return Future.failedFuture(new UnsupportedOperationException());
  }
}
