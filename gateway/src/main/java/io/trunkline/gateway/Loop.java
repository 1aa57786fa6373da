package io.trunkline.gateway;

import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * One event loop of the gateway: its clock, its timer wheel, and the list of sockets that have been
 * written to since the last flush. Frames for one socket, whoever they come from, are gathered and
 * flushed once.
 *
 * <p>Confined to its event loop.
 */
final class Loop {
  private final ContextInternal context;
  private final Wheel wheel;
  private final Counts counts = new Counts();
  private List<Socket> dirty = new ArrayList<>();
  private List<Socket> flushing = new ArrayList<>();
  private final long timer;
  private final Deflate deflate = new Deflate();

  /** Must be called on the context that it is for. */
  Loop(Vertx vertx) {
    context = (ContextInternal) vertx.getOrCreateContext();
    wheel = new Wheel(now());
    timer = vertx.setPeriodic(Wheel.TICK_MILLIS, id -> wheel.advance(now()));
  }

  /** Milliseconds of a clock that never jumps. */
  long now() {
    return System.nanoTime() / 1_000_000;
  }

  Wheel wheel() {
    return wheel;
  }

  /** Of everything that happens on this loop. */
  Counts counts() {
    return counts;
  }

  ContextInternal context() {
    return context;
  }

  /** Confined to the loop. */
  Deflate deflate() {
    return deflate;
  }

  /**
   * Runs {@code task} at once, on this thread, which is the loop's, as part of the loop's context.
   */
  void run(Runnable task) {
    context.dispatch(task);
  }

  /** Runs {@code task} on the loop, from any thread. */
  void execute(Runnable task) {
    context.runOnContext(ignored -> task.run());
  }

  /** Runs {@code task} on the loop, {@code nanos} from now; for less than the wheel's tick. */
  void executeAfter(long nanos, Runnable task) {
    ScheduledFuture<?> unused =
        context
            .nettyEventLoop()
            .schedule(() -> context.dispatch(task), nanos, TimeUnit.NANOSECONDS);
  }

  void flushLater(Socket socket) {
    if (dirty.isEmpty()) {
      context.nettyEventLoop().execute(this::flush);
    }
    dirty.add(socket);
  }

  void stop() {
    context.owner().cancelTimer(timer);
    deflate.end();
  }

  private void flush() {
    List<Socket> batch = dirty;
    dirty = flushing;
    flushing = batch;
    for (Socket socket : batch) {
      socket.flushNow();
    }
    batch.clear();
  }
}
