package io.trunkline.node;

/**
 * A setting that is unknown, or whose value is no good. Its message is one line for the operator:
 * the key, the value (never a secret's) and what was expected.
 */
public final class BadSetting extends RuntimeException {
  private static final long serialVersionUID = 1L;

  BadSetting(String line) {
    super(line.replaceAll("\\s*[\\r\\n]+\\s*", " "), null, false, false);
  }

  /** {@code value} is not what {@code key} takes. */
  public static BadSetting of(Key key, String value) {
    return of(key, value, key.expected());
  }

  /** {@code value} is not what {@code key} takes; {@code expected} says it closer than the key. */
  public static BadSetting of(Key key, String value, String expected) {
    String shown = key.secret() ? "has a bad value (not shown)" : "is '" + value + "'";
    return new BadSetting(name(key) + " " + shown + ", expected " + expected);
  }

  /** {@code key} must be set and is not. */
  public static BadSetting missing(Key key) {
    return new BadSetting(name(key) + " is not set, expected " + key.expected());
  }

  private static String name(Key key) {
    return key.variable() + " (" + key.yaml() + ")";
  }
}
