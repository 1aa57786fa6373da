package io.trunkline.session;

import io.trunkline.protocol.BusMessage;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;

/** Topics: ordered logs in Postgres. */
@SuppressWarnings("unused")
final class LogStore {
  LogStore(Vertx vertx, Database database, StoreSettings settings) {}

  /** Completes after the commit. */
  Future<Appended> append(Entry entry) {
    return todo();
  }

  /** Entries after {@code after} as complete client frames, in order. */
  Future<BusMessage.LogPage> read(String topic, long after, int limit, int maxBytes) {
    return todo();
  }

  Future<Place> place(String topic, long after) {
    return todo();
  }

  /** Topics that grew of late; null: another service has told, this interval. */
  Future<List<BusMessage.Head>> grownLately() {
    return todo();
  }

  /** The background job: coming partitions, retention. Call it now and then. */
  Future<Void> retain() {
    return todo();
  }

  private static <T> Future<T> todo() {
    return Future.failedFuture(new UnsupportedOperationException());
  }
}
