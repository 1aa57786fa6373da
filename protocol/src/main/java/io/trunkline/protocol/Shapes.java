package io.trunkline.protocol;

/** The shapes that names on the wire must have, with their bounds. */
public final class Shapes {
  /** Longest name of a user or channel, in UTF-16 units. */
  public static final int MAX_NAME = 128;

  /** Longest {@code id} of a request, in UTF-16 units. */
  public static final int MAX_ID = 64;

  /** Longest {@code type} of a request. */
  public static final int MAX_TYPE = 64;

  private Shapes() {}

  /** {@code [a-z][a-z0-9_]*}, at most {@value #MAX_TYPE} characters. */
  public static boolean isType(String type) {
    int length = type.length();
    if (length == 0 || length > MAX_TYPE || !isLower(type.charAt(0))) {
      return false;
    }
    for (int i = 1; i < length; i++) {
      char c = type.charAt(i);
      if (!isLower(c) && !(c >= '0' && c <= '9') && c != '_') {
        return false;
      }
    }
    return true;
  }

  /**
   * 1 to {@value #MAX_NAME} characters, none of them a control character or half of a surrogate
   * pair, not only blanks.
   */
  public static boolean isName(String name) {
    if (name.length() > MAX_NAME || name.isBlank()) {
      return false;
    }
    for (int i = 0; i < name.length(); i++) {
      if (Character.isISOControl(name.charAt(i)) || isHalf(name, i)) {
        return false;
      }
    }
    return true;
  }

  /** No UTF-8 can say it; what is written instead would be another name. */
  private static boolean isHalf(String name, int i) {
    char c = name.charAt(i);
    return Character.isHighSurrogate(c)
        ? i + 1 == name.length() || !Character.isLowSurrogate(name.charAt(i + 1))
        : Character.isLowSurrogate(c) && (i == 0 || !Character.isHighSurrogate(name.charAt(i - 1)));
  }

  private static boolean isLower(char c) {
    return c >= 'a' && c <= 'z';
  }
}
