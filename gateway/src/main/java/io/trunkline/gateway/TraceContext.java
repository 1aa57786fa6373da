package io.trunkline.gateway;

import io.trunkline.protocol.JsonFrame;
import io.trunkline.protocol.Refusal;

/**
 * The {@code traceparent} that a client may put into a frame, as W3C Trace Context has it
 * (https://www.w3.org/TR/trace-context/#traceparent-header). It is handed to whoever handles the
 * frame.
 */
final class TraceContext {
  private static final int LENGTH = 55;

  private TraceContext() {}

  /**
   * Null where there is none, or none that is well formed: as the recommendation has it, that is
   * ignored.
   *
   * @throws Refusal {@code bad_request} when it is no string
   */
  static String of(JsonFrame frame) {
    String value = frame.string("traceparent");
    return value != null && isWellFormed(value) ? value : null;
  }

  /** {@code 00-<32 hex digits>-<16>-<2>}, lower case, neither id all zeros. */
  private static boolean isWellFormed(String value) {
    return value.length() == LENGTH
        && value.startsWith("00-")
        && value.charAt(35) == '-'
        && value.charAt(52) == '-'
        && isId(value, 3, 35)
        && isId(value, 36, 52)
        && isHex(value, 53, 55);
  }

  private static boolean isId(String value, int from, int to) {
    return isHex(value, from, to) && value.substring(from, to).chars().anyMatch(c -> c != '0');
  }

  private static boolean isHex(String value, int from, int to) {
    return value
        .substring(from, to)
        .chars()
        .allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
  }
}
