package io.trunkline.cluster;

import io.trunkline.testing.WebSocketProbe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Asks {@code /echo} again and again, on a thread of its own, and takes the times. */
final class EchoWatch implements AutoCloseable {
  private static final long PAUSE_MILLIS = 20;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final WebSocketProbe probe;
  private final List<Long> nanos = new ArrayList<>();
  private final Thread thread = new Thread(this::run, "echo-watch");
  private volatile boolean ending;
  private volatile Throwable failure;

  EchoWatch(String uri) {
    probe = WebSocketProbe.connect(uri);
    thread.start();
  }

  private void run() {
    try {
      while (!ending) {
        long began = System.nanoTime();
        probe.send("are you there");
        probe.nextMessage(PATIENCE);
        nanos.add(System.nanoTime() - began);
        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | AssertionError e) {
      failure = e;
    }
  }

  /** Ends it; times in milliseconds, the shortest first. */
  List<Long> end() throws InterruptedException {
    ending = true;
    thread.join();
    if (failure != null) {
      throw new AssertionError("no echo", failure);
    }
    return nanos.stream().map(TimeUnit.NANOSECONDS::toMillis).sorted().toList();
  }

  @Override
  public void close() {
    ending = true;
    probe.close();
  }
}
