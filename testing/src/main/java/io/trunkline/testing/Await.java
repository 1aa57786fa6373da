package io.trunkline.testing;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for what must come true, and says what did not when it is too late. Blocks its thread. */
public final class Await {
  /** Long enough for a busy machine, short enough for a person. */
  public static final Duration PATIENCE = Duration.ofSeconds(10);

  /** How often a condition is looked at. */
  private static final long LOOK_EVERY_MILLIS = 10;

  private Await() {}

  /** Returns once {@code condition} holds; what it throws meanwhile counts as not yet. */
  public static void until(Callable<Boolean> condition, Duration timeout, String description) {
    long deadline = System.nanoTime() + timeout.toNanos();
    Throwable last = null;
    while (true) {
      try {
        if (condition.call()) {
          return;
        }
        last = null;
      } catch (Exception | AssertionError e) {
        last = e;
      }
      if (System.nanoTime() >= deadline) {
        throw new AssertionError("not within " + timeout + ": " + description, last);
      }
      pause();
    }
  }

  public static void until(Callable<Boolean> condition, String description) {
    until(condition, PATIENCE, description);
  }

  /** The result of {@code future}; a failure or its absence fails the test. Never on a context. */
  public static <T> T result(Future<T> future, Duration timeout) {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new AssertionError("failed: " + e.getCause(), e.getCause());
    } catch (TimeoutException e) {
      throw new AssertionError("no result within " + timeout, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  public static <T> T result(Future<T> future) {
    return result(future, PATIENCE);
  }

  private static void pause() {
    try {
      Thread.sleep(LOOK_EVERY_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
