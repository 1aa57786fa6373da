package io.trunkline.cli;

import io.vertx.core.json.JsonObject;
import picocli.CommandLine.Option;

/** Options that say in which form a command tells what it has to tell. */
final class Output {
  @Option(names = "--json", description = "One JSON object a line, as in a pipe.")
  private boolean json;

  @Option(names = "--text", description = "For people, as on a terminal.")
  private boolean text;

  boolean isJson(Shell shell) {
    if (json && text) {
      throw new Failure(Exit.USAGE, "expected --json or --text, not both");
    }
    return json || (!text && !shell.isTerminal());
  }

  /** {@code object} as it is, or {@code words} where people read it. */
  void print(Shell shell, JsonObject object, String words) {
    if (isJson(shell)) {
      shell.printJson(object.encode());
    } else {
      shell.out().println(words);
    }
  }
}
