package io.trunkline.demo;

import io.vertx.core.Future;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/**
 * What has been started, in the order in which it stops: clients are sent away, then the session
 * service ends its work, then the nodes leave the cluster, then the database goes. What fails to
 * stop holds nothing else up.
 */
final class StopOrder {
  private final List<Supplier<Future<Void>>> first = new CopyOnWriteArrayList<>();
  private final List<Supplier<Future<Void>>> second = new CopyOnWriteArrayList<>();
  private final List<Supplier<Future<Void>>> third = new CopyOnWriteArrayList<>();
  private final List<Runnable> last = new CopyOnWriteArrayList<>();

  void first(Supplier<Future<Void>> gateway) {
    first.add(gateway);
  }

  void second(Supplier<Future<Void>> sessionService) {
    second.add(sessionService);
  }

  void third(Supplier<Future<Void>> node) {
    third.add(node);
  }

  /** May block; runs on a thread of its own. */
  void last(Runnable database) {
    last.add(database);
  }

  Future<Void> stop() {
    return all(first)
        .eventually(() -> all(second))
        .eventually(() -> all(third))
        .eventually(this::stopLast);
  }

  private static Future<Void> all(List<Supplier<Future<Void>>> stops) {
    return Future.join(stops.stream().map(Supplier::get).toList()).mapEmpty();
  }

  private Future<Void> stopLast() {
    Runnable all = () -> last.forEach(Runnable::run);
    return Future.fromCompletionStage(CompletableFuture.runAsync(all));
  }
}
