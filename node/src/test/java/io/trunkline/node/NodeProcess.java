package io.trunkline.node;

import io.vertx.core.Future;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A process of its own, as its operator sees it: started, signalled, read, waited for. */
final class NodeProcess implements AutoCloseable {
  /** A JVM that starts and joins on a busy machine. */
  private static final long PATIENCE_SECONDS = 60;

  private final Process process;
  private final Path out;

  private NodeProcess(Process process, Path out) {
    this.process = process;
    this.out = out;
  }

  /** Runs {@link Main} with settings by variable and these arguments. */
  static NodeProcess start(Path directory, Map<String, String> environment, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .filter(argument -> argument.startsWith("--"))
            .toList());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(Arrays.asList(arguments));
    Path out = Files.createTempFile(directory, "process", ".out");
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.redirectOutput(out.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith(Key.VARIABLE_PREFIX));
    builder.environment().putAll(environment);
    return new NodeProcess(builder.start(), out);
  }

  /** Everything that it has said so far. */
  String output() throws IOException {
    return Files.readString(out);
  }

  /** SIGTERM. */
  void stop() {
    process.destroy();
  }

  void freeze() throws Exception {
    signal("STOP");
  }

  void thaw() throws Exception {
    signal("CONT");
  }

  private void signal(String name) throws Exception {
    String pid = String.valueOf(process.pid());
    int code = new ProcessBuilder("kill", "-" + name, pid).inheritIO().start().waitFor();
    if (code != 0) {
      throw new AssertionError("kill -" + name + " gave " + code);
    }
  }

  /** SIGKILL. */
  void kill() {
    process.destroyForcibly();
  }

  int exitCode() throws InterruptedException {
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new AssertionError("still alive after " + PATIENCE_SECONDS + " s");
    }
    return process.exitValue();
  }

  @Override
  public void close() {
    kill();
  }

  /** A node that serves nothing but its management port. */
  static final class Main {
    /** A variable that makes it give up as soon as it has joined. */
    static final String GIVES_UP = "GIVES_UP";

    record Config(ClusterSettings cluster, ManagementSettings management) {
      static Config from(Settings settings) {
        return new Config(ClusterSettings.from(settings), ManagementSettings.from(settings));
      }
    }

    private Main() {}

    public static void main(String[] args) {
      Program.run(args, Role.GATEWAY, Config::from, Main::start);
    }

    private static Future<Running> start(Config config) {
      return Node.join(config.cluster(), Role.GATEWAY)
          .onSuccess(Main::perhapsGiveUp)
          .compose(
              node ->
                  Management.start(node, config.management(), Health.of(node))
                      .map(management -> node::leave));
    }

    private static void perhapsGiveUp(Node node) {
      if (System.getenv(GIVES_UP) != null) {
        Program.giveUp();
      }
    }
  }
}
