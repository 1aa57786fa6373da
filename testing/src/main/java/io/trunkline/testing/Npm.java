package io.trunkline.testing;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Node, and what a directory's {@code package-lock.json} asks for. It is installed once, and again
 * when it has changed.
 */
public final class Npm {
  /** Of Node. */
  private static final int OLDEST = 18;

  private static final Duration INSTALL = Duration.ofMinutes(5);

  private Npm() {}

  /** What a program that has ended came to; 127 where there is none of that name. */
  public record Run(int exit, String output) {}

  /** Skips or fails the test, as {@link Tool} says, where Node or the packages cannot be had. */
  public static synchronized void need(Path directory) {
    Run version = runIfThere(directory, Duration.ofSeconds(30), "node", "--version");
    if (version.exit() != 0 || major(version.output()) < OLDEST) {
      throw Tool.NODE.missing("no Node " + OLDEST + " or newer");
    }
    if (!isInstalled(directory)) {
      Run run = runIfThere(directory, INSTALL, "npm", "ci", "--ignore-scripts");
      if (run.exit() != 0) {
        throw Tool.NODE.missing("npm ci failed in " + directory + ": " + run.output());
      }
    }
  }

  /** npm writes a lock file of its own at the end of each install. */
  private static boolean isInstalled(Path directory) {
    Path installed = directory.resolve("node_modules/.package-lock.json");
    Path wanted = directory.resolve("package-lock.json");
    try {
      return Files.exists(installed)
          && Files.getLastModifiedTime(installed).compareTo(Files.getLastModifiedTime(wanted)) >= 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int major(String version) {
    return Integer.parseInt(version.strip().replaceFirst("v(\\d+).*", "$1"));
  }

  private static Run runIfThere(Path directory, Duration limit, String... words) {
    try {
      return run(directory, limit, Map.of(), words);
    } catch (IOException e) {
      return new Run(127, e.getMessage());
    }
  }

  /** Runs {@code words} in {@code directory}, and ends what does not end by itself. */
  public static Run run(
      Path directory, Duration limit, Map<String, String> environment, String... words)
      throws IOException {
    File output = File.createTempFile("npm-", ".txt");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(List.of(words))
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(output);
      builder.environment().putAll(environment);
      Process process = builder.start();
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly().waitFor();
      }
      return new Run(process.exitValue(), Files.readString(output.toPath()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } finally {
      Files.delete(output.toPath());
    }
  }
}
