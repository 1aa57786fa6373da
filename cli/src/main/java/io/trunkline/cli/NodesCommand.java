package io.trunkline.cli;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The members of the cluster, as the gateway that is asked sees them, and how each is. */
@Command(
    name = "nodes",
    mixinStandardHelpOptions = true,
    description = "Lists the nodes of the cluster, one a line, and how each is.")
final class NodesCommand implements Runnable {
  /** Of the series in docs/server-api.md, those that tell at a glance. */
  private static final List<String> AT_A_GLANCE =
      List.of("connections", "draining", "requests_in_hand", "loop_lag_micros");

  private final Shell shell;

  @Mixin private Target target;
  @Mixin private Output output;

  NodesCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public void run() {
    target.api(shell).nodes().getJsonArray("nodes").stream()
        .map(JsonObject.class::cast)
        .forEach(node -> output.print(shell, node, words(node)));
  }

  private static String words(JsonObject node) {
    String name = Safe.text(node.getString("name"));
    return String.format("%-8s %-24s %s", Safe.text(node.getString("role")), name, state(node));
  }

  private static String state(JsonObject node) {
    if (!node.getBoolean("answers", false)) {
      return "does not answer";
    }
    JsonObject now = node.getJsonObject("now", new JsonObject());
    Stream<String> numbers =
        AT_A_GLANCE.stream().filter(now::containsKey).map(key -> key + "=" + now.getValue(key));
    String version = node.getString("version", "");
    Stream<String> known =
        version.isEmpty() ? Stream.empty() : Stream.of("version=" + Safe.text(version));
    return Stream.concat(known, numbers).collect(Collectors.joining(" "));
  }
}
