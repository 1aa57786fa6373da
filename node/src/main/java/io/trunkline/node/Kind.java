package io.trunkline.node;

import java.util.function.Predicate;

/**
 * What values a setting takes.
 *
 * @param expected how a refusal says it
 * @param secret never shown, neither in a refusal nor by {@code --print-config}
 * @param accepts whether a value, as text, is one
 */
record Kind(String expected, boolean secret, Predicate<String> accepts) {

  static Kind text(String expected) {
    return new Kind(expected, false, value -> true);
  }

  static Kind secret(String expected) {
    return new Kind(expected, true, value -> true);
  }

  static Kind secret(String expected, Predicate<String> accepts) {
    return new Kind(expected, true, accepts);
  }

  static Kind flag() {
    return either("true", "false");
  }

  static Kind either(String one, String other) {
    return new Kind(one + " or " + other, false, v -> v.equals(one) || v.equals(other));
  }

  static Kind whole(int min, int max) {
    String expected = "a whole number from " + min + " to " + max;
    return new Kind(expected, false, value -> isWhole(value, min, max));
  }

  /** A port to listen on; 0 takes any that is free. */
  static Kind port() {
    return whole(0, 65_535);
  }

  private static boolean isWhole(String value, int min, int max) {
    try {
      int number = Integer.parseInt(value);
      return number >= min && number <= max;
    } catch (NumberFormatException notANumber) {
      return false;
    }
  }
}
