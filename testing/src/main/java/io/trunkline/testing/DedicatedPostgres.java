package io.trunkline.testing;

import io.trunkline.postgres.LocalPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A Postgres of one test's own, which it may crash, start again and freeze. Always embedded. Ends
 * with {@link #close} or with the JVM.
 */
public final class DedicatedPostgres implements AutoCloseable {
  private final LocalPostgres server;

  /** The processes that {@link #pause} stopped; used by the test's thread alone. */
  private List<Long> paused = List.of();

  private DedicatedPostgres(LocalPostgres server) {
    this.server = server;
  }

  public static DedicatedPostgres start() {
    return new DedicatedPostgres(LocalPostgres.start());
  }

  /** The URL of a database that is there from the start, and empty. */
  public String url() {
    return server.url("postgres");
  }

  public int port() {
    return server.port();
  }

  /** {@code pg_ctl stop -m immediate}: as if the power failed. */
  public void stopImmediately() {
    server.stopImmediately();
  }

  /** On the same port and data directory. Returns when it answers. */
  public void startAgain() {
    server.startAgain();
  }

  /** SIGSTOP to all of it: connections stay open and nobody answers, as on a machine that hangs. */
  public void pause() {
    // The postmaster first, so that it makes no more children.
    long postmaster = server.pid();
    signal("STOP", List.of(postmaster));
    List<Long> children = childrenOf(postmaster);
    signal("STOP", children);
    paused = new ArrayList<>(children);
    paused.add(postmaster);
  }

  /** SIGCONT to all that {@link #pause} stopped. */
  public void resume() {
    List<Long> pids = paused;
    paused = List.of();
    signal("CONT", pids);
  }

  @Override
  public void close() {
    resume();
    server.close();
  }

  private static List<Long> childrenOf(long postmaster) {
    try (Stream<ProcessHandle> children = ProcessHandle.of(postmaster).orElseThrow().children()) {
      return children.map(ProcessHandle::pid).toList();
    }
  }

  private static void signal(String name, List<Long> pids) {
    if (pids.isEmpty()) {
      return;
    }
    StringBuilder kill = new StringBuilder("kill -" + name);
    pids.forEach(pid -> kill.append(' ').append(pid));
    try {
      new ProcessBuilder("sh", "-c", kill.toString()).start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
