package io.trunkline.bench;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** {@code trunkline bench} in processes of its own, against one cluster. */
final class LoadTool {
  private static final long MOST_SECONDS = 300;

  private final BenchCluster cluster;
  private final Path directory;
  private int files;

  LoadTool(BenchCluster cluster) throws IOException {
    this.cluster = cluster;
    Files.createDirectories(Path.of("bench", "target"));
    this.directory = Files.createTempDirectory(Path.of("bench", "target"), "load");
  }

  /**
   * Runs until it ends by itself; its result.
   *
   * @param note is told what was not as it should be
   */
  JsonObject measure(Consumer<String> note, String... words)
      throws IOException, InterruptedException {
    Path out = file("out");
    Process process = start(out, words);
    if (!process.waitFor(MOST_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException("bench " + String.join(" ", words) + " does not end");
    }
    String text = Files.readString(out, StandardCharsets.UTF_8);
    String line = text.lines().filter(each -> each.startsWith("{")).findFirst().orElse("");
    if (line.isEmpty()) {
      throw new IOException("bench " + String.join(" ", words) + ": " + last(text));
    }
    JsonObject result = new JsonObject(line);
    if (process.exitValue() != 0) {
      JsonObject connections = result.getJsonObject("connections");
      note.accept(words[0] + ": " + connections + ", " + result.getJsonObject("check"));
    }
    return result;
  }

  /** Connections that stay until it is closed; all of them are there when this returns. */
  static final class Held implements AutoCloseable {
    private final Process process;
    private final Path until;

    private Held(Process process, Path until) {
      this.process = process;
      this.until = until;
    }

    @Override
    public void close() throws IOException, InterruptedException {
      Files.writeString(until, "");
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    }
  }

  /** Holds what {@code words} ask for, {@code idle -c 1000} for example. */
  Held hold(String... words) throws IOException, InterruptedException {
    Path began = file("began");
    Path until = file("until");
    Path out = file("out");
    List<String> all = new ArrayList<>(List.of(words));
    all.addAll(List.of("--warmup", "0", "-s", "3600"));
    all.addAll(List.of("--began", began.toString(), "--until", until.toString()));
    Process process = start(out, all.toArray(String[]::new));
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(MOST_SECONDS);
    while (!Files.exists(began)) {
      if (!process.isAlive() || System.nanoTime() > deadline) {
        process.destroyForcibly();
        String said = last(Files.readString(out, StandardCharsets.UTF_8));
        throw new IOException("bench " + String.join(" ", words) + " holds nothing: " + said);
      }
      TimeUnit.MILLISECONDS.sleep(100);
    }
    return new Held(process, until);
  }

  private Process start(Path out, String... words) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of("cli", "bin", "trunkline").toString());
    command.addAll(List.of("bench", "--url", ShortSet.urls(cluster)));
    command.addAll(List.of(words));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("TRUNKLINE_API_KEY", BenchCluster.API_KEY);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    // Some holders share the machine; none needs more.
    builder.environment().put("JAVA_OPTS", "-Xmx1g");
    return builder.redirectErrorStream(true).redirectOutput(out.toFile()).start();
  }

  private Path file(String name) {
    return directory.resolve(name + files++);
  }

  private static String last(String text) {
    String shown = text.strip();
    return shown.substring(Math.max(0, shown.length() - 400));
  }
}
