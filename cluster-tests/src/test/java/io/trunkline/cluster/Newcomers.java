package io.trunkline.cluster;

import io.trunkline.testing.HttpAnswer;
import io.trunkline.testing.RawSocket;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** One after another they come to {@code /echo}, and go again as soon as they are let in. */
final class Newcomers implements AutoCloseable {
  /** Some dozens a second. */
  private static final long PAUSE_NANOS = 20_000_000;

  private final int port;
  private final Thread thread = new Thread(this::run, "newcomers");
  private final AtomicLong letIn = new AtomicLong();
  private final List<String> refused = new CopyOnWriteArrayList<>();
  private volatile boolean closing;

  private Newcomers(int port) {
    this.port = port;
  }

  static Newcomers start(int port) {
    Newcomers newcomers = new Newcomers(port);
    newcomers.thread.setDaemon(true);
    newcomers.thread.start();
    return newcomers;
  }

  long letIn() {
    return letIn.get();
  }

  /** What the others were told. */
  List<String> refused() {
    return refused;
  }

  private void run() {
    while (!closing) {
      comeAndGo();
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  private void comeAndGo() {
    try (RawSocket socket = RawSocket.open("127.0.0.1", port)) {
      HttpAnswer answer = socket.handshake("/echo", Map.of());
      if (answer.status() == 101) {
        letIn.incrementAndGet();
      } else {
        refused.add(answer.status() + " " + answer.body());
      }
    } catch (UncheckedIOException e) {
      refused.add(e.getMessage() + ": " + e.getCause());
    }
  }

  @Override
  public void close() {
    closing = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
