package io.trunkline.session;

import org.flywaydb.core.api.logging.Log;
import org.flywaydb.core.api.logging.LogCreator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Flyway's talk, one level down: our own event says what it did. Public for Flyway to make one. */
public final class QuietFlywayLog implements LogCreator {

  @Override
  public Log createLogger(Class<?> type) {
    return new Quiet(LoggerFactory.getLogger(type));
  }

  private record Quiet(Logger log) implements Log {

    @Override
    public void debug(String message) {
      log.trace(message);
    }

    @Override
    public void info(String message) {
      log.debug(message);
    }

    @Override
    public void warn(String message) {
      log.warn(message);
    }

    @Override
    public void error(String message) {
      log.error(message);
    }

    @Override
    public void error(String message, Exception failure) {
      log.error(message, failure);
    }

    @Override
    public void notice(String message) {
      log.debug(message);
    }
  }
}
