package io.trunkline.cli;

import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;

/**
 * Prints messages: for programs the frame as it came, in one line; for people its time, offset,
 * sender and text, in which nothing can take hold of the terminal.
 */
final class MessagePrinter {
  private static final String DIM = "\u001b[2m";
  private static final String BOLD_CYAN = "\u001b[1;36m";
  private static final String PLAIN = "\u001b[0m";

  private final Shell shell;
  private final boolean json;
  private long left;

  MessagePrinter(Shell shell, boolean json, long count) {
    this.shell = shell;
    this.json = json;
    this.left = count;
  }

  /** False: enough, or nobody reads any more. */
  boolean print(String frame, JsonObject parsed) {
    if (json) {
      shell.printJson(frame);
    } else {
      shell.out().println(forPeople(parsed));
    }
    left--;
    return left > 0 && !shell.out().checkError();
  }

  private String forPeople(JsonObject frame) {
    Object message = frame.getValue("message");
    String text = message instanceof String string ? string : Json.encode(message);
    Object offset = frame.getValue("offset");
    String place = frame.getString("time", "") + (offset == null ? "" : " #" + offset);
    String sender = frame.getString("sender", "(server)");
    return painted(DIM, place) + " " + painted(BOLD_CYAN, sender) + ": " + Safe.text(text);
  }

  private String painted(String colour, String text) {
    return shell.hasColour() ? colour + Safe.text(text) + PLAIN : Safe.text(text);
  }
}
