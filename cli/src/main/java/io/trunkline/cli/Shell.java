package io.trunkline.cli;

import java.io.InputStream;
import java.io.PrintStream;
import java.util.Map;

/**
 * Where a command runs: what it reads and writes, and what the environment says. A test gives its
 * own.
 *
 * @param variables the environment
 * @param out what the command is for; one JSON object a line unless it is a terminal
 * @param err what went wrong, and what goes on
 * @param isTerminal whether {@code out} is one
 */
public record Shell(
    Map<String, String> variables,
    InputStream in,
    PrintStream out,
    PrintStream err,
    boolean isTerminal) {

  /** See <a href="https://no-color.org">no-color.org</a>. */
  public boolean hasColour() {
    return isTerminal && variables.getOrDefault("NO_COLOR", "").isEmpty();
  }

  /** Prints a JSON text in one line: as it is, or as a terminal can be shown it. */
  void printJson(String json) {
    out.println(isTerminal ? Safe.shown(json) : Safe.line(json));
  }

  /** A line for whoever looks on, with no part in what the command is for. */
  public void note(String text) {
    err.println("trunkline: " + Safe.text(text));
  }
}
