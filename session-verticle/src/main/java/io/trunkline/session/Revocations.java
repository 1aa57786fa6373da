package io.trunkline.session;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.function.Consumer;

/** Tells which sessions were deleted, whoever deleted them. */
@SuppressWarnings("unused")
final class Revocations {
  private Revocations() {}

  /** {@code ended} gets hashes in hex, on the caller's context. */
  static Future<Revocations> listen(
      Vertx vertx, StoreSettings settings, Consumer<List<String>> ended) {
    return Future.failedFuture(new UnsupportedOperationException());
  }

  Future<Void> close() {
    return Future.failedFuture(new UnsupportedOperationException());
  }
}
