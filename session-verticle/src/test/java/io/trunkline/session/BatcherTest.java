package io.trunkline.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.protocol.Refusal;
import io.trunkline.testing.Await;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BatcherTest {
  private final Vertx vertx = Vertx.vertx();
  private final Context context = ((VertxInternal) vertx).createEventLoopContext();
  private final List<List<Integer>> sent = new CopyOnWriteArrayList<>();
  private final List<Promise<Void>> answers = new CopyOnWriteArrayList<>();

  @AfterEach
  void close() {
    Await.result(vertx.close());
  }

  private Batcher<Integer, Integer> batcher(int maxItems, int maxBytes, int onTheirWay, int wait) {
    return batcher(new Batcher.Limits(maxItems, maxBytes, onTheirWay, wait, 1_000));
  }

  private Batcher<Integer, Integer> batcher(Batcher.Limits limits) {
    return new Batcher<>(
        vertx,
        context,
        limits,
        item -> 10,
        items -> {
          Promise<Void> answer = Promise.promise();
          answers.add(answer);
          sent.add(items);
          return answer
              .future()
              .map(v -> items.stream().map(item -> Future.succeededFuture(item * 2)).toList());
        });
  }

  private static List<Future<Integer>> add(Batcher<Integer, Integer> batcher, int from, int to) {
    return IntStream.rangeClosed(from, to).mapToObj(batcher::add).toList();
  }

  /** On the batcher's event loop, as the database does: after what was added before. */
  private void answer(int batch) {
    context.runOnContext(v -> answers.get(batch).complete());
  }

  private void sentBatches(int count) {
    Await.until(() -> answers.size() == count, "batch " + count + " to be sent");
  }

  @Test
  void whatComesWhileABatchIsOnItsWayIsTheNextBatch() {
    Batcher<Integer, Integer> batcher = batcher(5, 1_000, 1, 100);
    List<Future<Integer>> results = new ArrayList<>(add(batcher, 1, 1));
    sentBatches(1);
    results.addAll(add(batcher, 2, 8));
    answer(0);
    sentBatches(2);
    answer(1);
    sentBatches(3);
    answer(2);
    Await.result(Future.all(results));
    assertThat(sent).containsExactly(List.of(1), List.of(2, 3, 4, 5, 6), List.of(7, 8));
    assertThat(results).extracting(Future::result).containsExactly(2, 4, 6, 8, 10, 12, 14, 16);
  }

  @Test
  void aFurtherBatchGoesOnlyWhenEnoughWait() {
    Batcher<Integer, Integer> batcher = batcher(new Batcher.Limits(5, 1_000, 2, 3, 100, 1_000));
    List<Future<Integer>> results = new ArrayList<>(add(batcher, 1, 1));
    sentBatches(1);
    results.addAll(add(batcher, 2, 3));
    onTheLoop();
    assertThat(sent).hasSize(1);
    results.addAll(add(batcher, 4, 4));
    sentBatches(2);
    results.addAll(add(batcher, 5, 5));
    answer(0);
    answer(1);
    sentBatches(3);
    answer(2);
    Await.result(Future.all(results));
    assertThat(sent).containsExactly(List.of(1), List.of(2, 3, 4), List.of(5));
  }

  /** Returns when all is done that the event loop has been given, and what that gave it. */
  private void onTheLoop() {
    for (int i = 0; i < 3; i++) {
      Promise<Void> done = Promise.promise();
      context.runOnContext(v -> done.complete());
      Await.result(done.future());
    }
  }

  @Test
  void aBatchIsBoundedInBytes() {
    Batcher<Integer, Integer> batcher = batcher(100, 25, 1, 100);
    List<Future<Integer>> results = new ArrayList<>(add(batcher, 1, 1));
    sentBatches(1);
    results.addAll(add(batcher, 2, 4));
    answer(0);
    sentBatches(2);
    answer(1);
    sentBatches(3);
    answer(2);
    Await.result(Future.all(results));
    assertThat(sent).containsExactly(List.of(1), List.of(2, 3), List.of(4));
  }

  @Test
  void whoFindsTheLineFullIsRefusedAtOnce() {
    Batcher<Integer, Integer> batcher = batcher(1, 1_000, 1, 3);
    add(batcher, 1, 1).forEach(BatcherTest::expectNothing);
    sentBatches(1);
    List<Future<Integer>> results = add(batcher, 2, 5);
    Await.until(() -> results.get(3).failed(), Duration.ofMillis(500), "the fourth to be refused");
    assertThat(results.get(3).cause()).isInstanceOf(Refusal.class);
    assertThat(results.subList(0, 3)).noneMatch(Future::isComplete);
  }

  @Test
  void whoHasWaitedTooLongFailsAndIsNeverSent() {
    Batcher<Integer, Integer> batcher = batcher(1, 1_000, 1, 100);
    List<Future<Integer>> results = new ArrayList<>(add(batcher, 1, 2));
    Await.until(() -> results.get(1).failed(), "the waiting one to fail");
    Await.until(() -> results.get(0).failed(), "the one on its way to fail");
    answer(0);
    Future<Integer> later = batcher.add(3);
    sentBatches(2);
    answer(1);
    Await.result(later);
    assertThat(sent).containsExactly(List.of(1), List.of(3));
  }

  private static void expectNothing(Future<Integer> future) {
    future.onFailure(failure -> {});
  }
}
