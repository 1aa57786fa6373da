package io.trunkline.gateway;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Says of bytes that arrive in pieces whether they are UTF-8 (RFC 3629: no overlong forms, no
 * surrogates, nothing above U+10FFFF), as early as it can be known.
 *
 * <p>State is what may come next: how many continuation bytes, and the bounds of the first of them.
 */
final class Utf8Validator {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
  private static final long HIGH_BITS = 0x8080808080808080L;

  /** Continuation bytes still to come, 0 to 3. */
  private int remaining;

  /** Bounds of the next continuation byte, unsigned. */
  private int low;

  private int high;

  /** False as soon as the bytes so far can't be the beginning of UTF-8. */
  boolean accept(byte[] bytes, int offset, int count) {
    int i = offset;
    int end = offset + count;
    while (i < end) {
      if (remaining == 0) {
        i = skipAscii(bytes, i, end);
        if (i < end && !begin(bytes[i++] & 0xff)) {
          return false;
        }
      } else if (!continueWith(bytes[i++] & 0xff)) {
        return false;
      }
    }
    return true;
  }

  /** Whether what was accepted so far ends at the end of a character. */
  boolean complete() {
    return remaining == 0;
  }

  void reset() {
    remaining = 0;
  }

  private static int skipAscii(byte[] bytes, int from, int end) {
    int i = from;
    while (i + Long.BYTES <= end && ((long) LONGS.get(bytes, i) & HIGH_BITS) == 0) {
      i += Long.BYTES;
    }
    while (i < end && bytes[i] >= 0) {
      i++;
    }
    return i;
  }

  /** The first byte of a character of two to four bytes; RFC 3629, section 4. */
  private boolean begin(int b) {
    low = 0x80;
    high = 0xbf;
    if (b >= 0xc2 && b <= 0xdf) {
      remaining = 1;
    } else if (b >= 0xe0 && b <= 0xef) {
      remaining = 2;
      low = b == 0xe0 ? 0xa0 : 0x80;
      high = b == 0xed ? 0x9f : 0xbf;
    } else if (b >= 0xf0 && b <= 0xf4) {
      remaining = 3;
      low = b == 0xf0 ? 0x90 : 0x80;
      high = b == 0xf4 ? 0x8f : 0xbf;
    } else {
      return false;
    }
    return true;
  }

  private boolean continueWith(int b) {
    if (b < low || b > high) {
      return false;
    }
    remaining--;
    low = 0x80;
    high = 0xbf;
    return true;
  }
}
