package io.trunkline.gateway;

import io.trunkline.guard.CallersLoop;

/** Open sockets on a loop of their own, whose peers read everything at once. */
final class Sockets implements AutoCloseable {
  private static final int MAX_MESSAGE_BYTES = 64 * 1024;
  private static final int MAX_UNSENT_BYTES = 1024 * 1024;

  private final CallersLoop callers = new CallersLoop();
  private final Loop loop = callers.make(() -> new Loop(callers.vertx()));

  Loop loop() {
    return loop;
  }

  Socket open() {
    Socket socket = new Socket(loop, MAX_MESSAGE_BYTES, MAX_UNSENT_BYTES, false, null);
    FastReader channel = new FastReader(socket);
    if (!channel.isActive()) {
      throw new IllegalStateException("not open");
    }
    return socket;
  }

  /** Runs {@code task} on the loop, and the flush that follows it. */
  void turn(Runnable task) {
    callers.turn(task);
  }

  @Override
  public void close() {
    loop.stop();
    callers.close();
  }
}
