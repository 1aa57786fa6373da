package io.trunkline.cli;

import java.util.Locale;

/**
 * Text of other people on a terminal: what would move the cursor, change colours, hide or turn
 * around what stands there comes out as its number, {@code \}{@code u001b} for example.
 */
public final class Safe {
  private Safe() {}

  /** {@code text} in one line. */
  public static String text(String text) {
    StringBuilder safe = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (isHarmful(c)) {
        safe = safe == null ? new StringBuilder(text.substring(0, i)) : safe;
        safe.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      } else if (safe != null) {
        safe.append(c);
      }
    }
    return safe == null ? text : safe.toString();
  }

  /** Controls, ends of lines and paragraphs, and what overrides the direction of a line. */
  private static boolean isHarmful(char c) {
    return Character.isISOControl(c)
        || c == '\u2028'
        || c == '\u2029'
        || (c >= '\u202a' && c <= '\u202e')
        || (c >= '\u2066' && c <= '\u2069');
  }

  /** One JSON text in one line: outside of strings, ends of lines are only blanks. */
  public static String line(String json) {
    return json.indexOf('\n') < 0 && json.indexOf('\r') < 0
        ? json
        : json.replace('\n', ' ').replace('\r', ' ');
  }

  /** The same JSON, for a terminal: in strings, a harmful character's number stands for it. */
  static String shown(String json) {
    return text(line(json).replace('\t', ' '));
  }
}
