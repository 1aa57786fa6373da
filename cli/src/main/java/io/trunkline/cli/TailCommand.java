package io.trunkline.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The messages of a user or a channel, as they come. */
@Command(
    name = "tail",
    mixinStandardHelpOptions = true,
    description = {
      "Prints the messages of a user or a channel as they come, each once, through reconnects.",
      "Ends with Ctrl-C, or after --count."
    })
final class TailCommand implements Runnable {
  /** Whose session follows a channel where nobody says. */
  private static final String NOBODY = "trunkline-tail";

  private final Shell shell;

  @Spec private CommandSpec spec;
  @Mixin private Target target;
  @Mixin private Output output;

  @Option(names = "--channel", paramLabel = "NAME", description = "A channel's messages.")
  private String channel;

  @Option(
      names = "--session",
      paramLabel = "FILE",
      description = {SessionId.WHERE, "Without it one is made by the server API, and ended."})
  private String sessionFile;

  @Option(
      names = "--since",
      paramLabel = "OFFSET",
      description =
          "Begin after this offset, 0 for the oldest that is kept. Else a channel begins with what"
              + " comes, an inbox with what its user has not read.")
  private Long since;

  @Option(names = "--count", paramLabel = "N", description = "End after so many messages.")
  private long count = Long.MAX_VALUE;

  @Parameters(
      arity = "0..1",
      paramLabel = "USER",
      description = "Whose inbox; with --channel, as whom to follow it.")
  private String user;

  TailCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public void run() {
    if (channel == null && user == null && sessionFile == null) {
      throw new ParameterException(
          spec.commandLine(), "Expected USER, or --channel NAME, or --session FILE");
    }
    if (sessionFile != null && user != null) {
      throw new ParameterException(
          spec.commandLine(), "Expected USER or --session: a session says whose it is");
    }
    if ((since != null && since < 0) || count < 1) {
      throw new ParameterException(
          spec.commandLine(), "Expected --since from 0 and --count from 1 on");
    }
    Place place = new Place(channel, since);
    MessagePrinter printer = new MessagePrinter(shell, output.isJson(shell), count);
    try (Login login = login()) {
      // Ctrl-C ends the session too.
      Thread hook = new Thread(login::close, "trunkline-logout");
      Runtime.getRuntime().addShutdownHook(hook);
      try {
        new Tail(shell, target.sockets(), login, place, printer).run();
      } finally {
        removeHook(hook);
      }
    }
  }

  private Login login() {
    return sessionFile != null
        ? Login.given(SessionId.read(shell, sessionFile))
        : Login.made(target.api(shell), user == null ? NOBODY : user);
  }

  private static void removeHook(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // it is running
    }
  }
}
