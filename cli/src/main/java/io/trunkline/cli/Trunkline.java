package io.trunkline.cli;

import io.trunkline.cli.load.Scenario;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The commands, and how a failure becomes an exit code and one line. */
@Command(
    name = "trunkline",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    description = "Talks to a Trunkline cluster. docs/cli.md says more.",
    synopsisSubcommandLabel = "COMMAND")
public final class Trunkline implements Runnable {
  @Spec private CommandSpec spec;

  private Trunkline() {}

  /** Runs one command in {@code shell}; its {@link Exit} code. Blocks until it has ended. */
  public static int run(Shell shell, String... args) {
    try {
      return commands(shell).execute(args);
    } finally {
      shell.out().flush();
      shell.err().flush();
    }
  }

  static CommandLine commands(Shell shell) {
    CommandLine line =
        new CommandLine(new Trunkline())
            .addSubcommand(new SendCommand(shell))
            .addSubcommand(new TailCommand(shell))
            .addSubcommand(new SessionsCommand(shell))
            .addSubcommand(new PresenceCommand(shell))
            .addSubcommand(new NodesCommand(shell))
            .addSubcommand(new BenchCommand(shell))
            .addSubcommand(new CompletionCommand(shell));
    line.registerConverter(Scenario.class, Trunkline::scenario);
    line.setOut(writer(shell.out()));
    line.setErr(writer(shell.err()));
    line.setExecutionExceptionHandler((failure, command, parsed) -> failed(shell, failure));
    return line;
  }

  /** As it prints itself, with a minus where Java has an underscore. */
  private static Scenario scenario(String text) {
    return Arrays.stream(Scenario.values())
        .filter(scenario -> scenario.argument().equals(text))
        .findFirst()
        .orElseThrow(() -> new TypeConversionException("no such scenario: " + text));
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(stream, true, StandardCharsets.UTF_8);
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing required subcommand");
  }

  private static int failed(Shell shell, Exception failure) {
    if (failure instanceof Failure known) {
      shell.note(known.getMessage());
      return known.exitCode();
    }
    shell.note("unexpected: " + failure);
    failure.printStackTrace(shell.err());
    return Exit.BROKEN;
  }
}
