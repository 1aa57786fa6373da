package io.trunkline.gateway;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;

/**
 * The writing half of RFC 6455: complete frames, header included, as a server sends them
 * (unfragmented, unmasked). The same bytes serve every connection, so a frame for many is built
 * once and written as duplicates.
 */
final class WebSocketWriter {
  /** Of an unmasked frame: two bytes and the longest form of the length. */
  static final int MAX_HEADER_BYTES = 10;

  /** Longest reason that fits a control frame beside its code. */
  private static final int MAX_REASON_BYTES = 123;

  private WebSocketWriter() {}

  static ByteBuf text(ByteBufAllocator allocator, byte[] payload) {
    return frame(allocator, WebSocketReader.OP_TEXT, payload);
  }

  static ByteBuf frame(ByteBufAllocator allocator, int opcode, byte[] payload) {
    return frame(allocator, opcode, payload, payload.length);
  }

  /**
   * With the first {@code length} bytes of {@code payload}.
   *
   * @param opcode with {@link WebSocketReader#COMPRESSED} where that is so
   */
  static ByteBuf frame(ByteBufAllocator allocator, int opcode, byte[] payload, int length) {
    ByteBuf frame = allocator.buffer(length + MAX_HEADER_BYTES);
    frame.writeByte(0x80 | opcode);
    if (length < 126) {
      frame.writeByte(length);
    } else if (length < 65536) {
      frame.writeByte(126).writeShort(length);
    } else {
      frame.writeByte(127).writeLong(length);
    }
    return frame.writeBytes(payload, 0, length);
  }

  /** A Close frame; {@code code} 1005 stands for none. */
  static ByteBuf close(ByteBufAllocator allocator, int code, String reason) {
    if (code == WebSocketReader.NO_STATUS) {
      return frame(allocator, WebSocketReader.OP_CLOSE, new byte[0]);
    }
    byte[] text = reason.getBytes(StandardCharsets.UTF_8);
    int length = Math.min(text.length, MAX_REASON_BYTES);
    while (length < text.length && length > 0 && (text[length] & 0xc0) == 0x80) {
      length--; // never in the middle of a character
    }
    byte[] payload = new byte[2 + length];
    payload[0] = (byte) (code >> 8);
    payload[1] = (byte) code;
    System.arraycopy(text, 0, payload, 2, length);
    return frame(allocator, WebSocketReader.OP_CLOSE, payload);
  }
}
