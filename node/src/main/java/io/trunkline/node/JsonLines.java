package io.trunkline.node;

import static java.nio.charset.StandardCharsets.UTF_8;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import io.vertx.core.json.JsonObject;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One JSON object a line: {@code time}, {@code level}, {@code logger}, {@code thread}, {@code
 * event}, and a field for each {@code key={}} of the statement that logs. The keys come from our
 * own text and the values from its arguments, so that a value cannot pass for a key. What is no
 * event of ours has its text in {@code message}.
 */
final class JsonLines extends EncoderBase<ILoggingEvent> {
  private static final Pattern EVENT = Pattern.compile("[a-z][a-z0-9_]*");
  private static final Pattern FIELD = Pattern.compile("(?:([a-z][a-z0-9_]*)=\"?)?\\{\\}");

  /** As in the text format: enough to find the place. */
  private static final int MOST_TRACE_LINES = 9;

  private static final byte[] NONE = new byte[0];

  @Override
  public byte[] headerBytes() {
    return NONE;
  }

  @Override
  public byte[] footerBytes() {
    return NONE;
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    JsonObject line =
        new JsonObject()
            .put("time", event.getInstant().toString())
            .put("level", event.getLevel().toString())
            .put("logger", event.getLoggerName())
            .put("thread", event.getThreadName());
    String statement = event.getMessage();
    String first = statement.split(" ", 2)[0];
    if (EVENT.matcher(first).matches()) {
      line.put("event", first);
      addFields(line, statement, event.getArgumentArray());
    } else {
      line.put("message", event.getFormattedMessage());
    }
    if (event.getThrowableProxy() != null) {
      line.put("failure", trace(event));
    }
    return (line.encode() + '\n').getBytes(UTF_8);
  }

  private static void addFields(JsonObject line, String statement, Object[] arguments) {
    int count = arguments == null ? 0 : arguments.length;
    Matcher field = FIELD.matcher(statement);
    for (int i = 0; i < count && field.find(); i++) {
      if (field.group(1) != null) {
        line.put(field.group(1), value(arguments[i]));
      }
    }
  }

  private static Object value(Object argument) {
    boolean plain = argument == null || argument instanceof Number || argument instanceof Boolean;
    return plain ? argument : String.valueOf(argument);
  }

  private static String trace(ILoggingEvent event) {
    return ThrowableProxyUtil.asString(event.getThrowableProxy())
        .lines()
        .limit(MOST_TRACE_LINES)
        .reduce((above, below) -> above + "\n" + below)
        .orElse("");
  }
}
