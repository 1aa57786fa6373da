package io.trunkline.cluster;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A program of somebody else's in a JVM of its own; what it says is in {@code target/nodes}. */
final class JvmProcess implements AutoCloseable {
  private final Process process;
  private final Path log;

  private JvmProcess(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  static JvmProcess start(
      String name, List<Path> classPath, String main, Map<String, String> environment) {
    try {
      Path log = Path.of("target", "nodes", name + ".log");
      Files.createDirectories(log.getParent());
      String path =
          String.join(File.pathSeparator, classPath.stream().map(Path::toString).toList());
      ProcessBuilder builder =
          new ProcessBuilder(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-Xmx256m",
              "-XX:+UseSerialGC",
              "-XX:TieredStopAtLevel=1",
              "-cp",
              path,
              main);
      builder.redirectErrorStream(true).redirectOutput(log.toFile());
      builder.environment().putAll(environment);
      return new JvmProcess(builder.start(), log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  boolean hasSaid(String text) {
    try {
      return Files.readString(log).contains(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** SIGKILL. */
  void kill() {
    process.destroyForcibly();
  }

  /** SIGTERM, and does not wait for the end. */
  void terminate() {
    process.destroy();
  }

  boolean ends() {
    try {
      return process.waitFor(30, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    kill();
  }
}
