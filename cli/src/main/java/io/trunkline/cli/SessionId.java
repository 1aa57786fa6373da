package io.trunkline.cli;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** A session's id, read and never shown. */
final class SessionId {
  static final String WHERE =
      "A file with the session's id, or with what `sessions create` printed; - for standard input.";

  private SessionId() {}

  static String read(Shell shell, String file) {
    String text = file.equals("-") ? all(shell) : ApiKey.content("session", file);
    String id = text.startsWith("{") ? fromJson(text) : text;
    if (!ApiKey.isToken(id)) {
      throw new Failure(Exit.BAD_SETTING, "session: expected visible ASCII without blanks");
    }
    return id;
  }

  private static String all(Shell shell) {
    try {
      return new String(shell.in().readAllBytes(), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      throw new Failure(Exit.BAD_SETTING, "session: cannot read standard input");
    }
  }

  private static String fromJson(String text) {
    try {
      String id = new JsonObject(text).getString("session_id");
      if (id != null) {
        return id;
      }
    } catch (RuntimeException e) {
      // told below, without what stood there
    }
    throw new Failure(Exit.BAD_SETTING, "session: expected an id, or JSON with session_id");
  }
}
