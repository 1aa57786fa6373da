package io.trunkline.session;

import io.vertx.core.Future;
import io.vertx.core.Vertx;

/** The connections to Postgres of one event loop. */
final class Database {
  private Database() {}

  static Database connect(Vertx vertx, StoreSettings settings) {
    throw new UnsupportedOperationException();
  }

  Future<Void> ping() {
    return Future.failedFuture(new UnsupportedOperationException());
  }

  Future<Void> close() {
    return Future.failedFuture(new UnsupportedOperationException());
  }
}
