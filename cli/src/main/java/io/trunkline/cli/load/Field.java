package io.trunkline.cli.load;

import io.netty.buffer.ByteBuf;

/** Looks into a frame without parsing it. */
final class Field {
  private Field() {}

  /** Where {@code text}, ASCII, begins between {@code from} and {@code to}; -1: nowhere. */
  static int find(ByteBuf in, int from, int to, String text) {
    byte first = (byte) text.charAt(0);
    for (int at = in.indexOf(from, to, first); at >= 0; at = in.indexOf(at + 1, to, first)) {
      if (at + text.length() > to) {
        return -1;
      }
      int same = 1;
      while (same < text.length() && in.getByte(at + same) == text.charAt(same)) {
        same++;
      }
      if (same == text.length()) {
        return at;
      }
    }
    return -1;
  }

  /** The whole number that follows {@code name}; 0 where there is none. */
  static long number(ByteBuf in, int from, int to, String name) {
    int found = find(in, from, to, name);
    long value = 0;
    for (int i = found + name.length(); found >= 0 && i < to; i++) {
      int digit = in.getByte(i) - '0';
      if (digit < 0 || digit > 9) {
        break;
      }
      value = 10 * value + digit;
    }
    return value;
  }
}
