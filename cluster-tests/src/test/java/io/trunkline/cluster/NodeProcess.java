package io.trunkline.cluster;

import io.trunkline.testing.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * One node in a JVM of its own, started from its fat jar as an operator would: it can be killed,
 * frozen and thawed. What it logs goes to a file under {@code target/nodes}.
 */
final class NodeProcess implements AutoCloseable {
  /** On a busy machine with two cores, five JVMs that start at once. */
  private static final Duration START = Duration.ofSeconds(60);

  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final String name;
  private final List<String> command;
  private final Map<String, String> environment;
  private final String management;
  private Process process;

  NodeProcess(String name, String jarProperty, Map<String, String> environment, Site site) {
    this.name = name;
    this.environment = environment;
    this.management = site.serviceHost() + ":" + environment.get("TRUNKLINE_MANAGEMENT_PORT");
    this.command = new ArrayList<>(site.launcher());
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx" + Integer.getInteger("trunkline.node.megabytes", 256) + "m");
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-jar", System.getProperty(jarProperty)));
  }

  String name() {
    return name;
  }

  int managementPort() {
    return Integer.parseInt(environment.get("TRUNKLINE_MANAGEMENT_PORT"));
  }

  /** Starts the process and does not wait for it. */
  void start() {
    try {
      Path log = Path.of("target", "nodes", name + ".log");
      log.getParent().toFile().mkdirs();
      ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
      builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
      builder.environment().putAll(environment);
      process = builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void awaitReady() {
    Await.until(() -> health("ready") == 200, START, name + " is ready");
  }

  /** The status of a health page, 0 where there is no answer. */
  int health(String page) {
    try {
      URI uri = URI.create("http://" + management + "/health/" + page);
      HttpRequest request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(4)).build();
      return HTTP.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    } catch (IOException e) {
      return 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** The value of a meter without labels. */
  int metric(String name) {
    try {
      URI uri = URI.create("http://" + management + "/metrics");
      HttpRequest request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(4)).build();
      return HTTP.send(request, HttpResponse.BodyHandlers.ofLines())
          .body()
          .filter(line -> line.startsWith(name + " "))
          .mapToInt(line -> (int) Double.parseDouble(line.substring(name.length() + 1)))
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  boolean isAlive() {
    return process != null && process.isAlive();
  }

  /** SIGKILL. */
  void kill() {
    process.destroyForcibly();
    awaitExit();
  }

  /** SIGTERM, and waits for the end. */
  int terminate() {
    beginStop();
    return awaitExit();
  }

  /** SIGTERM; {@link #terminate} then waits for the end. */
  void beginStop() {
    process.destroy();
  }

  /** SIGSTOP: alive for the kernel, and does nothing. */
  void freeze() {
    signal("-STOP");
  }

  /** SIGCONT. */
  void thaw() {
    signal("-CONT");
  }

  @Override
  public void close() {
    if (isAlive()) {
      thaw();
      kill();
    }
  }

  private int awaitExit() {
    try {
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        throw new AssertionError(name + " does not end");
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private void signal(String signal) {
    try {
      new ProcessBuilder("kill", signal, Long.toString(process.pid())).start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
