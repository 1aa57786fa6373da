package io.trunkline.cluster;

import io.trunkline.testing.Tool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The JavaScript client's sources and the Node that runs them. What its tests need is installed
 * once, and again when it has changed. Without Node the tests that ask are skipped.
 */
final class ClientJs {
  private static final Path DIRECTORY = Path.of(System.getProperty("trunkline.client-js"));

  /** Written by npm with each install. */
  private static final Path INSTALLED = DIRECTORY.resolve("node_modules/.package-lock.json");

  private static final Path WANTED = DIRECTORY.resolve("package-lock.json");
  private static final int OLDEST_NODE = 18;
  private static final Duration INSTALL = Duration.ofMinutes(5);

  private ClientJs() {}

  /** What a run of Node came to. */
  record Run(int exit, String output) {}

  /** Fails or skips the test where Node or what the client's tests need cannot be had. */
  static void need() {
    Run version = runIfThere(Duration.ofSeconds(30), Map.of(), "node", "--version");
    if (version.exit() != 0 || major(version.output()) < OLDEST_NODE) {
      throw Tool.NODE.missing("no Node " + OLDEST_NODE + " or newer");
    }
    install();
  }

  private static synchronized void install() {
    try {
      if (Files.exists(INSTALLED)
          && Files.getLastModifiedTime(INSTALLED).compareTo(Files.getLastModifiedTime(WANTED))
              >= 0) {
        return;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Run run = runIfThere(INSTALL, Map.of(), "npm", "ci", "--ignore-scripts");
    if (run.exit() != 0) {
      throw Tool.NODE.missing("npm ci failed in client-js: " + run.output());
    }
  }

  private static int major(String version) {
    return Integer.parseInt(version.strip().replaceFirst("v(\\d+).*", "$1"));
  }

  /** Exit code 127 where there is no such program. */
  private static Run runIfThere(Duration limit, Map<String, String> environment, String... words) {
    try {
      return run(limit, environment, words);
    } catch (IOException e) {
      return new Run(127, e.getMessage());
    }
  }

  /** Runs {@code words} in the client's directory, and ends what does not end by itself. */
  static Run run(Duration limit, Map<String, String> environment, String... words)
      throws IOException {
    Path output = Path.of("target", "client-js-" + String.join("-", words).hashCode() + ".txt");
    Process process = start(environment, output, List.of(words));
    try {
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly().waitFor();
      }
      return new Run(process.exitValue(), Files.readString(output));
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Something to talk to, in the client's directory; its errors are this process'. */
  static Process start(String... words) throws IOException {
    return new ProcessBuilder(words)
        .directory(DIRECTORY.toFile())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static Process start(Map<String, String> environment, Path output, List<String> words)
      throws IOException {
    Files.createDirectories(output.toAbsolutePath().getParent());
    ProcessBuilder builder =
        new ProcessBuilder(words)
            .directory(DIRECTORY.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().putAll(environment);
    return builder.start();
  }
}
