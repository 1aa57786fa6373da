package io.trunkline.node;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** In what form the process writes its log; the text that logback.xml describes, or JSON. */
final class Logs {
  private static final String JSON = "json";

  private Logs() {}

  /** As the settings say. Does nothing where an operator brought a logback.xml of another form. */
  static void setUp(Settings settings) {
    if (JSON.equals(settings.text(Key.LOG_FORMAT))
        && LoggerFactory.getILoggerFactory() instanceof LoggerContext context
        && context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender("out")
            instanceof OutputStreamAppender<ILoggingEvent> out) {
      JsonLines lines = new JsonLines();
      lines.setContext(context);
      lines.start();
      out.setEncoder(lines);
    }
  }
}
