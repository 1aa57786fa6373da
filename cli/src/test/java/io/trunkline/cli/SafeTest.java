package io.trunkline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SafeTest {
  /** A control of terminals of one character, an end of a line, and what turns text around. */
  private static final String HOSTILE = "{\t\"message\":\n\"\u009b31m\u2028\u202eb\u007f\"}";

  private static String printed(boolean onTerminal) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
    new Shell(Map.of(), InputStream.nullInputStream(), stream, stream, onTerminal)
        .printJson(HOSTILE);
    return out.toString(StandardCharsets.UTF_8).stripTrailing();
  }

  @Test
  void onATerminalJsonIsTheSameButNothingInItTakesHoldOfIt() {
    String shown = printed(true);
    assertThat(shown).isEqualTo("{ \"message\": \"\\u009b31m\\u2028\\u202eb\\u007f\"}");
    assertThat(new JsonObject(shown)).isEqualTo(new JsonObject(HOSTILE));
  }

  @Test
  void inAPipeJsonIsAsItCameInOneLine() {
    assertThat(printed(false)).isEqualTo(HOSTILE.replace('\n', ' '));
  }
}
