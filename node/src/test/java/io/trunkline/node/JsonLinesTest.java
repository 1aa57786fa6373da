package io.trunkline.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;

class JsonLinesTest {
  private final JsonLines lines = new JsonLines();
  private final LoggerContext context = new LoggerContext();

  private JsonObject encoded(Throwable failure, String statement, Object... arguments) {
    LoggingEvent event =
        new LoggingEvent(
            "x", context.getLogger("Somewhere"), Level.INFO, statement, failure, arguments);
    String line = new String(lines.encode(event), UTF_8);
    assertThat(line).endsWith("}\n").containsOnlyOnce("\n");
    return new JsonObject(line);
  }

  @Test
  void eachKeyOfTheStatementIsAField() {
    JsonObject line =
        encoded(null, "socket_closed connection={} code={} reason=\"{}\"", "c-1", 4202, "too slow");
    assertThat(line.getString("event")).isEqualTo("socket_closed");
    assertThat(line.getString("level")).isEqualTo("INFO");
    assertThat(line.getString("logger")).isEqualTo("Somewhere");
    assertThat(line.getString("connection")).isEqualTo("c-1");
    assertThat(line.getInteger("code")).isEqualTo(4202);
    assertThat(line.getString("reason")).isEqualTo("too slow");
  }

  @Test
  void noValuePassesForAKeyOrALine() {
    JsonObject line = encoded(null, "asked node={} user_is={}", "a level=ERROR\n{\"x\":{}", "b={}");
    assertThat(line.getString("level")).isEqualTo("INFO");
    assertThat(line.getString("node")).isEqualTo("a level=ERROR\n{\"x\":{}");
    assertThat(line.getString("user_is")).isEqualTo("b={}");
  }

  @Test
  void aFailureIsInTheSameLine() {
    JsonObject line = encoded(new IllegalStateException("broken"), "start_failed");
    assertThat(line.getString("failure")).contains("IllegalStateException", "broken", "at ");
  }

  @Test
  void whatOthersSayIsAMessage() {
    assertThat(encoded(null, "Hello {} there", "you").getString("message"))
        .isEqualTo("Hello you there");
  }
}
