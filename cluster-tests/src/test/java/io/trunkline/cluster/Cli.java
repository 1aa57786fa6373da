package io.trunkline.cluster;

import io.trunkline.cli.Shell;
import io.trunkline.cli.Trunkline;
import io.trunkline.testing.Await;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A command of {@code trunkline} in this JVM, in an environment of its own, on its own thread. */
final class Cli {
  /** Longest that a test's command runs. */
  private static final long PATIENCE_SECONDS = 60;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final CompletableFuture<Integer> exit = new CompletableFuture<>();

  private Cli(Map<String, String> variables, boolean isTerminal, String in, String... args) {
    Shell shell =
        new Shell(
            variables,
            new ByteArrayInputStream(in.getBytes(StandardCharsets.UTF_8)),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            isTerminal);
    Thread thread = new Thread(() -> exit.complete(Trunkline.run(shell, args)), "cli");
    thread.setDaemon(true);
    thread.start();
  }

  /** In a pipe, with the key of these tests. */
  static Cli start(String... args) {
    return new Cli(Map.of("TRUNKLINE_API_KEY", ServerApi.KEY), false, "", args);
  }

  static Cli onTerminal(String... args) {
    return new Cli(Map.of("TRUNKLINE_API_KEY", ServerApi.KEY), true, "", args);
  }

  static Cli with(Map<String, String> variables, String in, String... args) {
    return new Cli(variables, false, in, args);
  }

  /** What must end with 0. */
  static List<String> lines(String... args) {
    Cli cli = start(args);
    if (cli.exitCode() != 0) {
      throw new AssertionError(cli.err());
    }
    return cli.out();
  }

  List<String> out() {
    return out.toString(StandardCharsets.UTF_8).lines().toList();
  }

  String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  Cli awaitLines(int count) {
    Await.until(() -> out().size() >= count, count + " lines");
    return this;
  }

  int exitCode() {
    try {
      return exit.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } catch (Exception e) {
      throw new AssertionError("still running, has said " + out() + " and " + err(), e);
    }
  }
}
