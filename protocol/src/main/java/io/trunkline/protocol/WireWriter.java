package io.trunkline.protocol;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * Appends the fields of a {@link BusMessage}: big-endian integers, texts and bytes behind their
 * length.
 */
final class WireWriter {
  private final Buffer buffer;

  WireWriter(Buffer buffer) {
    this.buffer = buffer;
  }

  WireWriter kind(int kind) {
    buffer.appendByte((byte) kind);
    return this;
  }

  WireWriter bool(boolean value) {
    buffer.appendByte((byte) (value ? 1 : 0));
    return this;
  }

  WireWriter integer(int value) {
    buffer.appendInt(value);
    return this;
  }

  WireWriter number(long value) {
    buffer.appendLong(value);
    return this;
  }

  WireWriter text(String value) {
    return bytes(value.getBytes(StandardCharsets.UTF_8));
  }

  WireWriter bytes(byte[] value) {
    buffer.appendInt(value.length);
    buffer.appendBytes(value);
    return this;
  }

  WireWriter optionalText(String value) {
    return optional(value, WireWriter::text);
  }

  WireWriter optionalBytes(byte[] value) {
    return optional(value, WireWriter::bytes);
  }

  <T> WireWriter optional(T value, BiConsumer<WireWriter, T> write) {
    bool(value != null);
    if (value != null) {
      write.accept(this, value);
    }
    return this;
  }

  <T> WireWriter list(List<T> values, BiConsumer<WireWriter, T> write) {
    buffer.appendInt(values.size());
    for (T value : values) {
      write.accept(this, value);
    }
    return this;
  }
}
