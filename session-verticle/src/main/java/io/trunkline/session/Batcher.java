package io.trunkline.session;

import io.trunkline.protocol.Refusal;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * Makes one call of what waits together. While none is on its way, items go with the end of the
 * tick in which they came; else they wait for a batch to return, or until enough of them wait for
 * one more to be worth its price. So nobody waits for a timer, and batches grow with the load.
 *
 * <p>Every future ends within {@link Database#STORE_TIMEOUT_MILLIS}. An item that has waited for
 * {@link #WAIT_MILLIS} fails and is never sent; beyond {@link Limits#maxWaiting} and {@link
 * Limits#maxWaitingBytes} one fails at once. Belongs to one event loop.
 */
final class Batcher<T, R> {
  /** Who waits longer for a batch to return is part of an overload, and better told so. */
  static final long WAIT_MILLIS = 1_000;

  private static final long ANSWER_MILLIS = Database.STORE_TIMEOUT_MILLIS - WAIT_MILLIS;

  private final Vertx vertx;
  private final Context context;
  private final Limits limits;
  private final ToIntFunction<T> bytes;
  private final Call<T, R> call;
  private final WaitingLine<Item<T, R>> waiting;

  private int onTheirWay;
  private boolean flushing;

  /**
   * @param maxItems of one batch
   * @param maxBytes of one batch; a single item may have more
   * @param maxOnTheirWay batches that are not answered yet
   * @param minFurther items that a batch has at least which goes while another is on its way
   */
  record Limits(
      int maxItems,
      int maxBytes,
      int maxOnTheirWay,
      int minFurther,
      int maxWaiting,
      int maxWaitingBytes) {

    /** Whatever waits goes while fewer batches than allowed are on their way. */
    Limits(int maxItems, int maxBytes, int maxOnTheirWay, int maxWaiting, int maxWaitingBytes) {
      this(maxItems, maxBytes, maxOnTheirWay, 1, maxWaiting, maxWaitingBytes);
    }
  }

  /** Carries a batch out; one result for each item, in their order. */
  interface Call<T, R> {
    Future<List<Future<R>>> of(List<T> items);
  }

  private record Item<T, R>(T value, Promise<R> promise) {}

  Batcher(Vertx vertx, Context context, Limits limits, ToIntFunction<T> bytes, Call<T, R> call) {
    this.vertx = vertx;
    this.context = context;
    this.limits = limits;
    this.bytes = bytes;
    this.call = call;
    this.waiting =
        new WaitingLine<>(
            vertx,
            limits.maxWaiting,
            limits.maxWaitingBytes,
            WAIT_MILLIS,
            late -> late.promise.tryFail(Refusal.unavailable("the database is too slow now")));
  }

  /** May be called from any thread; items of one caller go in the order of the calls. */
  Future<R> add(T value) {
    Item<T, R> item = new Item<>(value, Promise.promise());
    if (Vertx.currentContext() == context) {
      enter(item);
    } else {
      context.runOnContext(v -> enter(item));
    }
    return item.promise.future();
  }

  private void enter(Item<T, R> item) {
    if (!waiting.offer(item, bytes.applyAsInt(item.value))) {
      item.promise.fail(Refusal.unavailable("too many requests wait for the database"));
    } else if (!flushing && mayGo()) {
      flushing = true;
      context.runOnContext(v -> flush());
    }
  }

  private void flush() {
    flushing = false;
    while (!waiting.isEmpty() && mayGo()) {
      send(take());
    }
  }

  private boolean mayGo() {
    return onTheirWay == 0
        || (onTheirWay < limits.maxOnTheirWay && waiting.size() >= limits.minFurther);
  }

  private List<Item<T, R>> take() {
    List<Item<T, R>> batch = new ArrayList<>();
    long room = limits.maxBytes;
    do {
      room -= waiting.nextWeight();
      batch.add(waiting.poll());
    } while (batch.size() < limits.maxItems && !waiting.isEmpty() && waiting.nextWeight() <= room);
    return batch;
  }

  private void send(List<Item<T, R>> batch) {
    onTheirWay++;
    long timer =
        vertx.setTimer(
            ANSWER_MILLIS,
            t -> failAll(batch, Refusal.unavailable("the database does not answer")));
    call.of(batch.stream().map(Item::value).toList())
        .onSuccess(results -> deliver(batch, results))
        .onFailure(failure -> failAll(batch, failure))
        .onComplete(
            done -> {
              vertx.cancelTimer(timer);
              onTheirWay--;
              flush();
            });
  }

  private static <T, R> void deliver(List<Item<T, R>> batch, List<Future<R>> results) {
    for (int i = 0; i < batch.size(); i++) {
      Promise<R> promise = batch.get(i).promise;
      results.get(i).onSuccess(promise::tryComplete).onFailure(promise::tryFail);
    }
  }

  private static <T, R> void failAll(List<Item<T, R>> batch, Throwable failure) {
    batch.forEach(item -> item.promise.tryFail(failure));
  }
}
