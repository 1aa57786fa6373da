package io.trunkline.cli;

import io.vertx.core.json.JsonObject;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes, looks up and ends sessions. Only {@code create} shows an id. */
@Command(
    name = "sessions",
    mixinStandardHelpOptions = true,
    description = "Makes, looks up and ends sessions.",
    synopsisSubcommandLabel = "COMMAND")
final class SessionsCommand implements Runnable {
  private final Shell shell;

  @Spec private CommandSpec spec;

  SessionsCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing required subcommand");
  }

  @Command(
      name = "create",
      mixinStandardHelpOptions = true,
      description = "Makes a session and prints its id, which is shown this once.")
  void create(
      @Mixin Target target,
      @Mixin Output output,
      @Option(names = "--ttl", paramLabel = "SECONDS", description = "How long it lives.")
          Long ttlSeconds,
      @Option(
              names = "--permission",
              paramLabel = "NAME",
              description = "What it may do, repeated or by commas; else what the servers say.",
              split = ",")
          List<String> permissions,
      @Parameters(paramLabel = "USER") String user) {
    JsonObject made = target.api(shell).createSession(user, ttlSeconds, permissions);
    output.print(shell, made, made.getString("session_id"));
  }

  @Command(
      name = "show",
      mixinStandardHelpOptions = true,
      description = "Tells whose a session is, and until when. Ends with 1 if it is not valid.")
  int show(
      @Mixin Target target,
      @Mixin Output output,
      @Parameters(paramLabel = "FILE", description = SessionId.WHERE) String file) {
    JsonObject found = target.api(shell).findSession(SessionId.read(shell, file));
    found.remove("session_id");
    output.print(shell, found, words(found));
    return "valid".equals(found.getString("status")) ? Exit.OK : Exit.REFUSED;
  }

  private static String words(JsonObject found) {
    return "valid".equals(found.getString("status"))
        ? "valid: " + Safe.text(found.getString("user")) + " until " + found.getString("expires_at")
        : found.getString("status");
  }

  @Command(
      name = "delete",
      mixinStandardHelpOptions = true,
      description = "Ends a session, or all of a user, and within a second their connections.")
  void delete(
      @Mixin Target target,
      @Option(names = "--user", paramLabel = "USER", description = "All sessions of this user.")
          String user,
      @Parameters(arity = "0..1", paramLabel = "FILE", description = SessionId.WHERE) String file) {
    if ((user == null) == (file == null)) {
      throw new ParameterException(
          spec.subcommands().get("delete"), "Expected a session's FILE or --user USER");
    }
    if (user != null) {
      target.api(shell).deleteSessions(user);
    } else {
      target.api(shell).deleteSession(SessionId.read(shell, file));
    }
  }
}
