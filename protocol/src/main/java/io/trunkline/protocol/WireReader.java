package io.trunkline.protocol;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Reads what {@link WireWriter} wrote. Bytes that make no sense end in an exception, never in a
 * large allocation.
 */
final class WireReader {
  private final Buffer buffer;
  private int position;

  WireReader(Buffer buffer, int position) {
    this.buffer = buffer;
    this.position = position;
  }

  int kind() {
    return buffer.getByte(position++);
  }

  boolean bool() {
    return buffer.getByte(position++) != 0;
  }

  int integer() {
    int value = buffer.getInt(position);
    position += 4;
    return value;
  }

  long number() {
    long value = buffer.getLong(position);
    position += 8;
    return value;
  }

  String text() {
    return new String(bytes(), StandardCharsets.UTF_8);
  }

  byte[] bytes() {
    int length = length();
    byte[] value = buffer.getBytes(position, position + length);
    position += length;
    return value;
  }

  String optionalText() {
    return optional(WireReader::text);
  }

  byte[] optionalBytes() {
    return optional(WireReader::bytes);
  }

  <T> T optional(Function<WireReader, T> read) {
    return bool() ? read.apply(this) : null;
  }

  <T> List<T> list(Function<WireReader, T> read) {
    int count = length();
    List<T> values = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      values.add(read.apply(this));
    }
    return values;
  }

  /** A count or length, which can't be more than the bytes that are left. */
  private int length() {
    int length = integer();
    if (length < 0 || length > buffer.length() - position) {
      throw new IllegalArgumentException("bus message cut short: " + length + " at " + position);
    }
    return length;
  }
}
