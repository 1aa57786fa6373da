package io.trunkline.cli.load;

import io.netty.buffer.ByteBuf;

/**
 * What a message of the bench says of itself: who sent it, its number among the sender's, and when
 * it was due. A tilde and 32 hexadecimal digits, so that it is found and read without parsing JSON.
 */
final class Mark {
  /** Bytes of a mark. */
  static final int LENGTH = 33;

  private static final byte TILDE = '~';
  private static final int SENDER_AT = 1;
  private static final int NUMBER_AT = 9;
  private static final int DUE_AT = 17;
  private static final byte[] DIGITS = {
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'
  };

  private Mark() {}

  /** Writes a mark into {@code bytes} from {@code at} on. */
  static void write(byte[] bytes, int at, int sender, int number, long due) {
    bytes[at] = TILDE;
    hex(bytes, at + SENDER_AT, 8, sender);
    hex(bytes, at + NUMBER_AT, 8, number);
    hex(bytes, at + DUE_AT, 16, due);
  }

  /** Where the first mark among {@code length} bytes begins, -1 where there is none. */
  static int find(ByteBuf in, int from, int length) {
    int at = in.indexOf(from, from + length, TILDE);
    return at >= 0 && at + LENGTH <= from + length ? at : -1;
  }

  static int sender(ByteBuf in, int mark) {
    return (int) number(in, mark + SENDER_AT, 8);
  }

  static int number(ByteBuf in, int mark) {
    return (int) number(in, mark + NUMBER_AT, 8);
  }

  /** {@link System#nanoTime} of the time at which it was due. */
  static long due(ByteBuf in, int mark) {
    return number(in, mark + DUE_AT, 16);
  }

  private static void hex(byte[] bytes, int at, int digits, long value) {
    long rest = value;
    for (int i = at + digits - 1; i >= at; i--) {
      bytes[i] = DIGITS[(int) (rest & 15)];
      rest >>>= 4;
    }
  }

  private static long number(ByteBuf in, int at, int digits) {
    long value = 0;
    for (int i = at; i < at + digits; i++) {
      int c = in.getByte(i);
      value = value << 4 | (c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return value;
  }
}
