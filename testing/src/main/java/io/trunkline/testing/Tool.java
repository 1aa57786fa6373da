package io.trunkline.testing;

import java.util.Arrays;
import org.opentest4j.TestAbortedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A program that some tests need and that a developer's machine may lack. Where {@code TESTS_NEED}
 * names it, as in CI, its absence fails them; else they are skipped and say so.
 */
public enum Tool {
  NODE,
  BROWSER,
  HAPROXY,
  NGINX;

  private static final String NEEDED = "TESTS_NEED";
  private static final Logger log = LoggerFactory.getLogger(Tool.class);

  /** To be thrown where the test is to be skipped; fails where the tool is needed. */
  public RuntimeException missing(String what) {
    if (isNeeded(System.getenv(NEEDED))) {
      throw new AssertionError(what + ", and " + NEEDED + " asks for it");
    }
    log.warn("tests_skipped tool={} reason={}", this, what);
    return new TestAbortedException(what);
  }

  boolean isNeeded(String tools) {
    return tools != null
        && Arrays.stream(tools.split(",")).anyMatch(tool -> tool.strip().equalsIgnoreCase(name()));
  }
}
