package io.trunkline.gateway;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;

/**
 * A text message on its way to any number of connections of one event loop. Its frame is built once
 * for all that take the same bytes, and only when the first does.
 *
 * <p>Confined to its event loop, and released by who made it.
 */
final class TextFrame {
  private static final ByteBufAllocator ALLOCATOR = PooledByteBufAllocator.DEFAULT;

  private final byte[] payload;
  private final Deflate deflate;
  private ByteBuf plain;

  /** For the largest window; those with a smaller one are few, and get one of their own. */
  private ByteBuf compressed;

  private boolean compressible = true;

  TextFrame(byte[] payload, Deflate deflate) {
    this.payload = payload;
    this.deflate = deflate;
  }

  byte[] payload() {
    return payload;
  }

  /** The wire's bytes for a connection; the caller releases them. */
  ByteBuf bytesFor(Compression compression) {
    if (compression != null && compressible) {
      ByteBuf bytes = compressed(compression.serverWindowBits());
      if (bytes != null) {
        return bytes;
      }
    }
    if (plain == null) {
      plain = WebSocketWriter.text(ALLOCATOR, payload);
    }
    return plain.retainedDuplicate();
  }

  private ByteBuf compressed(int windowBits) {
    if (windowBits < Compression.MAX_WINDOW_BITS) {
      return deflate.frame(ALLOCATOR, WebSocketReader.OP_TEXT, payload, windowBits);
    }
    if (compressed == null) {
      compressed = deflate.frame(ALLOCATOR, WebSocketReader.OP_TEXT, payload, windowBits);
      compressible = compressed != null;
    }
    return compressed == null ? null : compressed.retainedDuplicate();
  }

  void release() {
    if (plain != null) {
      plain.release();
    }
    if (compressed != null) {
      compressed.release();
    }
  }
}
