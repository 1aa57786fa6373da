package io.trunkline.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Builds one JSON object as UTF-8 bytes, field by field, in the order given. The frame that a
 * client gets is built once, where the message is born, and carried as bytes to the socket.
 *
 * <p>Not thread-safe; {@link #end} may be called once.
 */
public final class FrameWriter {
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private byte[] bytes;
  private int length;
  private boolean empty = true;

  private FrameWriter(int capacity) {
    bytes = new byte[capacity];
    put('{');
  }

  /** An object without a {@code type}. */
  public static FrameWriter object() {
    return new FrameWriter(128);
  }

  /** A frame of {@code type}; {@code sizeHint} is the expected length in bytes. */
  public static FrameWriter frame(String type, int sizeHint) {
    return new FrameWriter(Math.max(64, sizeHint)).string("type", type);
  }

  public static FrameWriter frame(String type) {
    return frame(type, 128);
  }

  /** The object whose fields so far are {@code prefix}, as {@link #open} left it. */
  public static FrameWriter resume(byte[] prefix, int sizeHint) {
    FrameWriter writer = new FrameWriter(prefix.length + sizeHint);
    writer.length = 0;
    writer.put(prefix, 0, prefix.length);
    writer.empty = prefix.length == 1;
    return writer;
  }

  public FrameWriter string(String name, String value) {
    name(name);
    quoted(value);
    return this;
  }

  /** The field only if there is a value. */
  public FrameWriter optional(String name, String value) {
    return value == null ? this : string(name, value);
  }

  public FrameWriter number(String name, long value) {
    name(name);
    ascii(Long.toString(value));
    return this;
  }

  public FrameWriter bool(String name, boolean value) {
    name(name);
    ascii(value ? "true" : "false");
    return this;
  }

  /** A value that is JSON already and was checked as such. */
  public FrameWriter raw(String name, byte[] json, int offset, int count) {
    name(name);
    put(json, offset, count);
    return this;
  }

  public FrameWriter raw(String name, byte[] json) {
    return raw(name, json, 0, json.length);
  }

  /** An array of values that are JSON already. */
  public FrameWriter raws(String name, Iterable<byte[]> values) {
    name(name);
    put('[');
    boolean first = true;
    for (byte[] value : values) {
      if (!first) {
        put(',');
      }
      first = false;
      put(value, 0, value.length);
    }
    put(']');
    return this;
  }

  public FrameWriter strings(String name, Iterable<String> values) {
    name(name);
    put('[');
    boolean first = true;
    for (String value : values) {
      if (!first) {
        put(',');
      }
      first = false;
      quoted(value);
    }
    put(']');
    return this;
  }

  /** The bytes so far, without the closing brace; {@link #resume} continues from them. */
  public byte[] open() {
    return Arrays.copyOf(bytes, length);
  }

  public byte[] end() {
    put('}');
    return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
  }

  private void name(String name) {
    if (!empty) {
      put(',');
    }
    empty = false;
    put('"');
    ascii(name);
    put('"');
    put(':');
  }

  private void quoted(String value) {
    put('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c < 0x80) {
        asciiChar(c);
      } else if (c < 0x800) {
        put(0xc0 | c >> 6);
        put(0x80 | (c & 0x3f));
      } else if (Character.isHighSurrogate(c)
          && i + 1 < value.length()
          && Character.isLowSurrogate(value.charAt(i + 1))) {
        int point = Character.toCodePoint(c, value.charAt(++i));
        put(0xf0 | point >> 18);
        put(0x80 | (point >> 12 & 0x3f));
        put(0x80 | (point >> 6 & 0x3f));
        put(0x80 | (point & 0x3f));
      } else {
        char scalar = Character.isSurrogate(c) ? '\ufffd' : c;
        put(0xe0 | scalar >> 12);
        put(0x80 | (scalar >> 6 & 0x3f));
        put(0x80 | (scalar & 0x3f));
      }
    }
    put('"');
  }

  private void asciiChar(char c) {
    if (c == '"' || c == '\\') {
      put('\\');
      put(c);
    } else if (c >= 0x20 && c != 0x7f) {
      put(c);
    } else {
      ascii("\\u00");
      put(HEX[c >> 4]);
      put(HEX[c & 0xf]);
    }
  }

  private void ascii(String text) {
    room(text.length());
    for (int i = 0; i < text.length(); i++) {
      bytes[length++] = (byte) text.charAt(i);
    }
  }

  private void put(byte[] source, int offset, int count) {
    room(count);
    System.arraycopy(source, offset, bytes, length, count);
    length += count;
  }

  private void put(int b) {
    room(1);
    bytes[length++] = (byte) b;
  }

  private void room(int count) {
    if (length + count > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + count));
    }
  }
}
