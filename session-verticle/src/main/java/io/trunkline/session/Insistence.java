package io.trunkline.session;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Tries again for a while: on a busy machine what a start needs may take its time. */
final class Insistence {
  /** The schema has been brought up to date, so the database was there a moment ago. */
  private static final long PATIENCE_MILLIS = 20_000;

  private static final long PAUSE_MILLIS = 250;

  private Insistence() {}

  /** The first success of {@code attempt}, or its last failure when the time is up. */
  static <T> Future<T> on(Vertx vertx, Supplier<Future<T>> attempt) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
    return until(end, vertx, attempt);
  }

  private static <T> Future<T> until(long end, Vertx vertx, Supplier<Future<T>> attempt) {
    return attempt
        .get()
        .recover(
            failure ->
                System.nanoTime() - end > 0
                    ? Future.failedFuture(failure)
                    : vertx.timer(PAUSE_MILLIS).compose(pause -> until(end, vertx, attempt)));
  }
}
