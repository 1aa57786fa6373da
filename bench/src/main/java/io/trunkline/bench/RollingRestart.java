package io.trunkline.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Restarts each process of a cluster in turn, as an operator would, while {@code trunkline bench
 * rolling-restart} holds connections and writes: SIGTERM, until it has ended, start, until it is
 * ready. Begins when that measures, and tells it in the end what was done when.
 */
final class RollingRestart implements AutoCloseable {
  /** Which the gateways are given. */
  static final int DRAIN_SECONDS = 10;

  /** Until the load generator has made its sessions and connections. */
  private static final long BEGIN_SECONDS = 180;

  /** Between two nodes, so that what one of them does is seen by itself. */
  private static final long PAUSE_SECONDS = 4;

  private final BenchCluster cluster;
  private final Path directory;
  private final List<String> notes = new ArrayList<>();
  private final Thread thread = new Thread(this::run, "rolling-restart");
  private long begin;

  RollingRestart(BenchCluster cluster) throws IOException {
    this.cluster = cluster;
    this.directory = Files.createTempDirectory(Path.of("bench", "target"), "restart");
    thread.setDaemon(true);
    thread.start();
  }

  /** What the load generator is to be told. */
  List<String> options() {
    return List.of(
        "--drain-seconds",
        Integer.toString(DRAIN_SECONDS),
        "--began",
        directory.resolve("began").toString(),
        "--until",
        directory.resolve("until").toString());
  }

  private void run() {
    try {
      awaitBegin();
      begin = System.nanoTime();
      for (int i = 0; i < cluster.services().size(); i++) {
        TimeUnit.SECONDS.sleep(PAUSE_SECONDS);
        note("session service " + (i + 1), cluster.restartService(i));
      }
      for (int i = 0; i < cluster.gateways().size(); i++) {
        TimeUnit.SECONDS.sleep(PAUSE_SECONDS);
        note("gateway " + (i + 1), cluster.restartGateway(i));
      }
      TimeUnit.SECONDS.sleep(PAUSE_SECONDS);
    } catch (IOException | RuntimeException e) {
      notes.add("failed: " + e.getMessage());
    } catch (InterruptedException e) {
      return; // the load generator has ended
    }
    tell();
  }

  private void awaitBegin() throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(BEGIN_SECONDS);
    while (!Files.exists(directory.resolve("began"))) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("the load generator does not begin");
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  private void note(String node, BenchCluster.Restart restart) {
    double now = (System.nanoTime() - begin) / 1e9;
    notes.add(
        String.format(
            Locale.ROOT,
            "%s: SIGTERM at %.1f s, exit code %d after %.1f s, ready after %.1f s more",
            node,
            now - restart.stopSeconds() - restart.startSeconds(),
            restart.exitCode(),
            restart.stopSeconds(),
            restart.startSeconds()));
    System.out.println(notes.get(notes.size() - 1));
  }

  /** By a rename, so that the load generator reads the whole. */
  private void tell() {
    try {
      Path part = Files.write(directory.resolve("part"), notes);
      Files.move(part, directory.resolve("until"));
    } catch (IOException e) {
      System.err.println("cannot end the run early: " + e.getMessage());
    }
  }

  /** Whether every node was restarted and left with exit code 0. */
  boolean isGood() {
    int nodes = cluster.gateways().size() + cluster.services().size();
    return notes.size() == nodes && notes.stream().allMatch(n -> n.contains("exit code 0 "));
  }

  @Override
  public void close() throws InterruptedException {
    thread.interrupt();
    thread.join(TimeUnit.SECONDS.toMillis(5));
  }
}
