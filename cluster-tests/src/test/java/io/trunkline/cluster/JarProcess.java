package io.trunkline.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** {@code java -jar} and nothing more, as an operator types it; what it says is kept apart. */
final class JarProcess implements AutoCloseable {
  /** A JVM's start on a busy machine, and the 20 s that a session service waits for a database. */
  private static final long PATIENCE_SECONDS = 60;

  private static final String SETTINGS = "TRUNKLINE_";

  private final Process process;
  private final Path out;
  private final Path err;

  private JarProcess(Process process, Path out, Path err) {
    this.process = process;
    this.out = out;
    this.err = err;
  }

  static JarProcess gateway(Map<String, String> settings, String... arguments) {
    return start("trunkline.gateway.jar", settings, arguments);
  }

  static JarProcess sessionService(Map<String, String> settings, String... arguments) {
    return start("trunkline.session-verticle.jar", settings, arguments);
  }

  private static JarProcess start(
      String jarProperty, Map<String, String> settings, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-jar", System.getProperty(jarProperty)));
    command.addAll(List.of(arguments));
    try {
      Path directory = Files.createDirectories(Path.of("target", "nodes"));
      Path out = Files.createTempFile(directory, "jar", ".out");
      Path err = Files.createTempFile(directory, "jar", ".err");
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.redirectOutput(out.toFile()).redirectError(err.toFile());
      builder.environment().keySet().removeIf(name -> name.startsWith(SETTINGS));
      builder.environment().putAll(settings);
      return new JarProcess(builder.start(), out, err);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Its standard output so far. */
  List<String> out() {
    return lines(out);
  }

  /** Its standard error so far. */
  List<String> err() {
    return lines(err);
  }

  boolean hasLogged(String event) {
    return out().stream().anyMatch(line -> line.contains(" " + event));
  }

  /** SIGTERM. */
  void stop() {
    process.destroy();
  }

  int exitCode() {
    try {
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("still running, has said " + out() + " and " + err());
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
