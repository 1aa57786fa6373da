package io.trunkline.session;

import io.trunkline.guard.CallersLoop;
import io.trunkline.guard.HotPath;
import io.trunkline.guard.Sample;
import io.vertx.core.Future;
import java.util.Collections;
import java.util.List;

/** Appends that wait together leave as one batch, and each gets its own answer. */
public final class BatchAppends implements HotPath {
  private static final int APPENDS = 64;

  private final CallersLoop loop = new CallersLoop();
  private final byte[] stored = Sample.delivered();
  private final List<Future<Integer>> answers =
      Collections.nCopies(APPENDS, Future.succeededFuture(1));
  private final Batcher<byte[], Integer> batcher =
      new Batcher<>(
          loop.vertx(),
          loop.context(),
          LogStore.LIMITS,
          bytes -> bytes.length,
          batch -> Future.succeededFuture(answers));
  private final Runnable appends = this::append;
  private int answered;

  @Override
  public void run() {
    int before = answered;
    loop.turn(appends);
    if (answered != before + APPENDS) {
      throw new IllegalStateException("answered: " + (answered - before));
    }
  }

  private void append() {
    for (int i = 0; i < APPENDS; i++) {
      batcher.add(stored).onSuccess(one -> answered += one);
    }
  }

  @Override
  public void close() {
    loop.close();
  }
}
