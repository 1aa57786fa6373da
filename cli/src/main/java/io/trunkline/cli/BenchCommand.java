package io.trunkline.cli;

import io.trunkline.cli.load.Accounts;
import io.trunkline.cli.load.Machine;
import io.trunkline.cli.load.Plan;
import io.trunkline.cli.load.Report;
import io.trunkline.cli.load.Result;
import io.trunkline.cli.load.Run;
import io.trunkline.cli.load.Scenario;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Loads a cluster, measures it, and checks that every message came once and in order. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = {
      "Loads a cluster and measures it. Ends by itself.",
      "Times run from when a message was due, so a server that stops is seen by all that it delays."
    })
final class BenchCommand implements Callable<Integer> {
  private final Shell shell;

  @Spec private CommandSpec spec;
  @Mixin private Target target;
  @Mixin private Output output;

  @Parameters(
      arity = "1..*",
      paramLabel = "SCENARIO",
      description = "One after another: ${COMPLETION-CANDIDATES}.")
  private List<Scenario> scenarios;

  @Option(
      names = {"-c", "--connections"},
      paramLabel = "N",
      description = "How many; each scenario has a number of its own.")
  private Integer connections;

  @Option(
      names = {"-r", "--rate"},
      paramLabel = "N",
      description = "Messages, look-ups or connects a second of all together.")
  private Double rate;

  @Option(
      names = "--in-flight",
      paramLabel = "N",
      defaultValue = "0",
      description = "As fast as it goes instead, with so many unanswered on each connection.")
  private int inFlight;

  @Option(
      names = {"-s", "--seconds"},
      paramLabel = "N",
      description = "How long to measure (10; rolling-restart: 120).")
  private Integer seconds;

  @Option(
      names = "--warmup",
      paramLabel = "SECONDS",
      defaultValue = "5",
      description = "The same load before that (${DEFAULT-VALUE}).")
  private int warmupSeconds;

  @Option(
      names = "--size",
      paramLabel = "BYTES",
      defaultValue = "64",
      description = "Of a message's text (${DEFAULT-VALUE}).")
  private int size;

  @Option(
      names = "--backlog",
      paramLabel = "N",
      defaultValue = "20",
      description = "resume-storm: what each has missed (${DEFAULT-VALUE}).")
  private int backlog;

  @Option(
      names = "--connect-rate",
      paramLabel = "N",
      defaultValue = "500",
      description = "Connections opened a second before the load (${DEFAULT-VALUE}).")
  private double connectRate;

  @Option(names = "--durable", description = "fan-out: through a channel that is stored.")
  private boolean durable;

  @Option(
      names = "--sources",
      paramLabel = "N",
      defaultValue = "0",
      description = "Connect from 127.0.0.1 to 127.0.0.N; else from as many as it takes.")
  private int sources;

  @Option(names = "--remote", description = "Allow gateways that are not on this machine.")
  private boolean remote;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "1",
      description = "Event loops of the generator (${DEFAULT-VALUE}).")
  private int threads;

  @Option(
      names = "--pid",
      split = ",",
      paramLabel = "[NAME=]PID",
      description = "Processes whose CPU and memory to account for, on this machine.")
  private List<String> pids = new ArrayList<>();

  @Option(
      names = "--tick",
      paramLabel = "MICROS",
      defaultValue = "1000",
      description = "What is due within so long is due together; 0: one by one (${DEFAULT-VALUE}).")
  private int tickMicros;

  @Option(
      names = "--channels",
      paramLabel = "N",
      defaultValue = "0",
      description = "idle: of its own that each follows (${DEFAULT-VALUE}).")
  private int channels;

  @Option(
      names = "--drain-seconds",
      paramLabel = "N",
      defaultValue = "0",
      description = "rolling-restart: the gateways' TRUNKLINE_DRAIN_SECONDS, for the planned rate.")
  private int drainSeconds;

  @Option(
      names = "--began",
      paramLabel = "FILE",
      description = "Make FILE when the measuring begins, for a script that waits for it.")
  private Path began;

  @Option(
      names = "--until",
      paramLabel = "FILE",
      description = "Stop measuring when FILE is there, if that is earlier.")
  private Path until;

  @Option(names = "--out", paramLabel = "FILE", description = "Write FILE.json and FILE.html.")
  private Path out;

  @Option(names = "--commit", paramLabel = "TEXT", description = "What was measured; copied.")
  private String commit;

  BenchCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() {
    List<Plan> plans = scenarios.stream().map(this::plan).toList();
    boolean needsKey = scenarios.stream().anyMatch(Scenario::needsSessions);
    Accounts accounts = needsKey ? new Accounts(target.apiUri(), target.key(shell).value()) : null;
    String loadBefore = Machine.load();
    JsonArray results = new JsonArray();
    boolean good = true;
    for (int i = 0; i < plans.size(); i++) {
      Result result = run(scenarios.get(i), plans.get(i), accounts);
      good &= result.isGood();
      results.add(result.json());
      output.print(shell, result.json(), Report.summary(result.json()));
    }
    if (out != null) {
      write(report(results, loadBefore));
    }
    return good ? Exit.OK : Exit.CHECK_FAILED;
  }

  private Result run(Scenario scenario, Plan plan, Accounts accounts) {
    try (Progress progress = new Progress(shell, scenario.argument())) {
      return Run.of(scenario, plan, accounts, progress);
    }
  }

  private Plan plan(Scenario scenario) {
    return new Plan(
        target.sockets(),
        connections == null ? scenario.connections() : connections,
        rate == null ? scenario.rate() : rate,
        inFlight,
        warmupSeconds,
        seconds == null ? scenario.seconds() : seconds,
        size,
        backlog,
        connectRate,
        durable,
        sources,
        remote,
        threads,
        pids,
        tickMicros,
        channels,
        drainSeconds,
        began,
        until);
  }

  private JsonObject report(JsonArray results, String loadBefore) {
    return new JsonObject()
        .put("written", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString())
        .put("version", Version.text())
        .put("commit", commit == null ? "not told" : commit)
        .put(
            "command",
            "trunkline "
                + String.join(" ", spec.root().commandLine().getParseResult().originalArgs()))
        .put("machine", Machine.describe())
        .put("load_before", loadBefore)
        .put("load_after", Machine.load())
        .put("results", results);
  }

  private void write(JsonObject report) {
    try {
      Path directory = out.toAbsolutePath().getParent();
      Files.createDirectories(directory);
      Files.writeString(directory.resolve(out.getFileName() + ".json"), report.encodePrettily());
      Files.writeString(directory.resolve(out.getFileName() + ".html"), Report.html(report));
    } catch (IOException e) {
      throw new Failure(Exit.BAD_SETTING, "--out: cannot write " + out + ": " + e.getMessage());
    }
  }
}
