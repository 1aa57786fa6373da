package io.trunkline.cluster;

import io.trunkline.testing.Await;
import io.trunkline.testing.Tool;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * HAProxy or nginx as Debian has them, in the foreground, with a configuration of ours. What it
 * says goes to a file under {@code target/proxies}.
 */
final class ProxyProcess implements AutoCloseable {
  private final Process process;
  private final int port;

  private ProxyProcess(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /** Skips the test where the program is not installed; fails it in CI, which installs it. */
  static void assumeInstalled(String program) {
    if (find(program).isEmpty()) {
      throw Tool.valueOf(program.toUpperCase(Locale.ROOT)).missing(program + " is not installed");
    }
  }

  /** Also where Debian puts what is for administrators, and a user's PATH does not lead. */
  private static Optional<String> find(String program) {
    return Stream.of(
            (System.getenv("PATH") + File.pathSeparator + "/usr/sbin").split(File.pathSeparator))
        .map(directory -> Path.of(directory, program))
        .filter(Files::isExecutable)
        .map(Path::toString)
        .findFirst();
  }

  /** What the program says of the file; fails where it does not take it. */
  static String check(Path directory, ProxyConfig config) {
    Path file = write(directory, config);
    try {
      Process check =
          new ProcessBuilder(checking(config.program(), directory, file))
              .redirectErrorStream(true)
              .start();
      String said = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!check.waitFor(20, TimeUnit.SECONDS) || check.exitValue() != 0) {
        throw new AssertionError(config.program() + " does not take " + file + ": " + said);
      }
      return said;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Returns when it listens at {@code port}. */
  static ProxyProcess start(Path directory, ProxyConfig config, int port) {
    Path file = write(directory, config);
    try {
      Path log = Path.of("target", "proxies", config.program() + "-" + port + ".log");
      Files.createDirectories(log.getParent());
      ProcessBuilder builder =
          new ProcessBuilder(running(config.program(), directory, file))
              .redirectErrorStream(true)
              .redirectOutput(log.toFile());
      ProxyProcess proxy = new ProxyProcess(builder.start(), port);
      Await.until(proxy::listens, config.program() + " listens; see " + log);
      return proxy;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path write(Path directory, ProxyConfig config) {
    try {
      return Files.writeString(directory.resolve(config.program() + ".conf"), config.text());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> checking(String program, Path directory, Path file) {
    String path = find(program).orElseThrow();
    return program.equals("haproxy")
        ? List.of(path, "-c", "-f", file.toString())
        : List.of(path, "-t", "-c", file.toString(), "-g", places(directory));
  }

  private static List<String> running(String program, Path directory, Path file) {
    String path = find(program).orElseThrow();
    return program.equals("haproxy")
        ? List.of(path, "-db", "-f", file.toString())
        : List.of(path, "-c", file.toString(), "-g", places(directory) + " daemon off;");
  }

  private static String places(Path directory) {
    return "pid " + directory.resolve("nginx.pid") + "; error_log stderr warn;";
  }

  int port() {
    return port;
  }

  String uri(String path) {
    return "ws://127.0.0.1:" + port + path;
  }

  private boolean listens() throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected() && process.isAlive();
    }
  }

  /** SIGTERM, at which both end at once. */
  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
