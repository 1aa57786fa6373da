package io.trunkline.session;

/**
 * The name of a channel, or how the names of many begin: {@code news}, {@code news.*}, all: {@code
 * *}.
 */
public record NamePattern(String text) {
  private static final String ANYTHING = "*";

  /** Nothing matches the empty pattern. */
  public boolean matches(String name) {
    return isOpen() ? name.startsWith(beginning()) : name.equals(text);
  }

  /** Whether it says only how names begin. */
  boolean isOpen() {
    return text.endsWith(ANYTHING);
  }

  /** How the names begin that match; the only one, where it {@link #isOpen is not open}. */
  String beginning() {
    return isOpen() ? text.substring(0, text.length() - ANYTHING.length()) : text;
  }
}
