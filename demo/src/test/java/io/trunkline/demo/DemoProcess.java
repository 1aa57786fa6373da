package io.trunkline.demo;

import io.trunkline.testing.Await;
import io.trunkline.testing.Ports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The demo as people run it: a process of its own, of which only its output is known. */
final class DemoProcess {
  /** About six on an idle machine; a build keeps it busy. */
  private static final Duration START = Duration.ofSeconds(90);

  /** The demo's own limit is 8, but a start that fails waits for what is on its way. */
  private static final Duration STOP = Duration.ofSeconds(60);

  private static final Pattern POSTGRES = Pattern.compile("Postgres is up on port (\\d+)");

  private final Process process;
  private final Path output;
  private final List<Integer> ports;

  private DemoProcess(Process process, Path output, List<Integer> ports) {
    this.process = process;
    this.output = output;
    this.ports = ports;
  }

  static DemoProcess start() {
    return start(Ports.free(2));
  }

  static DemoProcess start(List<Integer> ports) {
    try {
      Path output = Files.createTempFile("demo-", ".out");
      output.toFile().deleteOnExit();
      Process process =
          new ProcessBuilder(command(ports))
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      return new DemoProcess(process, output, ports);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> command(List<Integer> ports) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // What Maven grants us it also grants the demo: see .mvn/jvm.config.
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> argument.startsWith("--"))
        .forEach(command::add);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(DemoMain.class.getName());
    ports.forEach(port -> command.add(String.valueOf(port)));
    return command;
  }

  DemoProcess awaitReady() {
    Await.until(
        () -> !process.isAlive() || output().contains("\nTrunkline is ready"),
        START,
        "a line that begins with Trunkline is ready");
    if (!process.isAlive()) {
      throw new AssertionError("the demo has ended: " + output());
    }
    return this;
  }

  String output() {
    try {
      return Files.readString(output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int port(int gateway) {
    return ports.get(gateway);
  }

  /** {@code name} as in {@code kill -INT}. */
  void signal(String name) throws IOException {
    new ProcessBuilder("sh", "-c", "kill -" + name + " " + process.pid()).start();
  }

  int awaitExit() throws InterruptedException {
    if (!process.waitFor(STOP.toMillis(), TimeUnit.MILLISECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("still running after " + STOP + ": " + output());
    }
    return process.exitValue();
  }

  void kill() {
    process.destroyForcibly();
  }

  int postgresPort() {
    Matcher line = POSTGRES.matcher(output());
    if (!line.find()) {
      throw new AssertionError("no Postgres in " + output());
    }
    return Integer.parseInt(line.group(1));
  }

  static boolean listens(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }
}
