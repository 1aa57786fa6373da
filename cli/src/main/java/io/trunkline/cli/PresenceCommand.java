package io.trunkline.cli;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Who is online, or in a channel. */
@Command(
    name = "presence",
    mixinStandardHelpOptions = true,
    description = "Tells who is online; the count is exact, names are cut at 100.")
final class PresenceCommand implements Runnable {
  private final Shell shell;

  @Mixin private Target target;
  @Mixin private Output output;

  @Option(names = "--channel", paramLabel = "NAME", description = "Who is subscribed to it.")
  private String channel;

  @Parameters(arity = "0..100", paramLabel = "USER", description = "Only these, at most 100.")
  private List<String> users;

  PresenceCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public void run() {
    JsonObject answer = target.api(shell).presence(channel, users);
    output.print(shell, answer, words(answer));
  }

  private static String words(JsonObject answer) {
    String names =
        answer.getJsonArray("users").stream()
            .map(user -> "\n  " + Safe.text(user.toString()))
            .collect(Collectors.joining());
    return answer.getValue("count") + " online" + names;
  }
}
