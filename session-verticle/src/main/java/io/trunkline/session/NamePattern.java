package io.trunkline.session;

/**
 * The name of a channel, or how the names of many begin: {@code news}, {@code news.*}, all: {@code
 * *}.
 */
public record NamePattern(String text) {
  private static final String ANYTHING = "*";

  /** Nothing matches the empty pattern. */
  public boolean matches(String name) {
    return text.endsWith(ANYTHING)
        ? name.startsWith(text.substring(0, text.length() - ANYTHING.length()))
        : name.equals(text);
  }
}
