package io.trunkline.guard;

import io.netty.channel.embedded.EmbeddedChannel;
import io.trunkline.protocol.BusCodec;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * A Vert.x event loop that has no thread: it runs on the caller's, when told to, and its clock
 * stands still, so that no timer ever fires. What happens on it happens in the same order every
 * time.
 */
public final class CallersLoop implements AutoCloseable {
  private final Vertx vertx = Vertx.vertx();
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final ContextInternal context;

  /** What a task has thrown; else null. */
  private Throwable failure;

  public CallersLoop() {
    channel.freezeTime();
    context = ((VertxInternal) vertx).contextBuilder().withEventLoop(channel.eventLoop()).build();
    context.exceptionHandler(thrown -> failure = thrown);
    BusCodec.register(vertx.eventBus());
  }

  public Vertx vertx() {
    return vertx;
  }

  public ContextInternal context() {
    return context;
  }

  /** Runs {@code task} on the loop, and then whatever it has left for the loop to do. */
  public void turn(Runnable task) {
    context.dispatch(task);
    channel.runPendingTasks();
    if (failure != null) {
      throw new IllegalStateException("a task failed", failure);
    }
  }

  /** What {@code maker} makes on the loop. */
  public <T> T make(Supplier<T> maker) {
    AtomicReference<T> made = new AtomicReference<>();
    turn(() -> made.set(maker.get()));
    return made.get();
  }

  @Override
  public void close() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }
}
