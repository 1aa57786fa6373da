package io.trunkline.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * README's nodes, one session service and two gateways, and {@code trunkline bench} with one short
 * run of each scenario, written into {@code bench/results}. The rolling restart has a cluster with
 * a second session service to itself, and files to itself. Ends by itself, with the exit code of
 * the load generator.
 *
 * <p>Arguments: scenarios and options of {@code trunkline bench}; none for all scenarios.
 */
public final class ShortSet {
  private static final List<String> ALL =
      List.of(
          "echo",
          "round-trip",
          "look-up",
          "private-live",
          "private-durable",
          "fan-out",
          "idle",
          "connect-storm",
          "resume-storm");

  private static final String RESTART = "rolling-restart";

  /** For all restarts; what is measured ends with the last of them. */
  private static final int MOST_SECONDS = 600;

  /** As if it had been found by the load generator; docs/cli.md. */
  private static final int NOT_RESTARTED = 3;

  private ShortSet() {}

  public static void main(String[] args) throws Exception {
    List<String> asked = args.length == 0 ? ALL : Arrays.asList(args);
    int exitCode = 0;
    if (!asked.contains(RESTART)) {
      try (BenchCluster cluster = new BenchCluster(2, 1)) {
        exitCode = load(cluster, "", pids(cluster), asked);
      }
    }
    if (args.length == 0 || asked.contains(RESTART)) {
      int restartCode = restart(args.length == 0 ? List.of(RESTART) : asked);
      exitCode = exitCode == 0 ? restartCode : exitCode;
    }
    System.exit(exitCode);
  }

  private static int restart(List<String> asked) throws Exception {
    String drain = Integer.toString(RollingRestart.DRAIN_SECONDS);
    try (BenchCluster cluster = new BenchCluster(2, 2, Map.of("TRUNKLINE_DRAIN_SECONDS", drain));
        RollingRestart restart = new RollingRestart(cluster)) {
      List<String> words = new ArrayList<>(restart.options());
      if (!asked.contains("-s")) {
        words.addAll(List.of("-s", Integer.toString(MOST_SECONDS)));
      }
      words.addAll(asked);
      int exitCode = load(cluster, "-rolling-restart", "postgres=" + cluster.postgresPid(), words);
      return exitCode == 0 && !restart.isGood() ? NOT_RESTARTED : exitCode;
    }
  }

  private static int load(BenchCluster cluster, String suffix, String pids, List<String> asked)
      throws IOException, InterruptedException {
    String commit = commit();
    Path out = Path.of("bench", "results", LocalDate.now(ZoneOffset.UTC) + "-" + commit + suffix);
    Files.createDirectories(out.getParent());
    List<String> command = new ArrayList<>();
    command.add(Path.of("cli", "bin", "trunkline").toString());
    command.add("bench");
    command.addAll(List.of("--text", "--url", urls(cluster), "--pid", pids));
    command.addAll(List.of("--commit", commit, "--out", out.toString()));
    command.addAll(asked);
    ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
    builder.environment().put("TRUNKLINE_API_KEY", BenchCluster.API_KEY);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    int exitCode = builder.start().waitFor();
    System.out.println("written: " + out + ".json and .html");
    return exitCode;
  }

  static String urls(BenchCluster cluster) {
    return IntStream.range(0, cluster.gateways().size())
        .mapToObj(i -> "http://127.0.0.1:" + cluster.httpPort(i))
        .collect(Collectors.joining(","));
  }

  static String pids(BenchCluster cluster) {
    return Stream.of(
            cluster.gateways().stream().map(process -> "gateways=" + process.pid()),
            cluster.services().stream().map(process -> "session=" + process.pid()),
            Stream.of("postgres=" + cluster.postgresPid()))
        .flatMap(pids -> pids)
        .collect(Collectors.joining(","));
  }

  /** With a plus where something has been changed since. */
  static String commit() throws IOException, InterruptedException {
    String commit = git("rev-parse", "--short", "HEAD");
    return git("status", "--porcelain", "--untracked-files=no").isEmpty() ? commit : commit + "+";
  }

  private static String git(String... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("git"));
    command.addAll(List.of(words));
    Process git =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String text = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    return git.waitFor() == 0 ? text : "unknown";
  }
}
