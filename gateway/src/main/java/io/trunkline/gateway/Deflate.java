package io.trunkline.gateway;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.trunkline.protocol.CloseCode;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * Compresses and inflates the messages of every connection of one event loop (RFC 7692, section
 * 7.2). As no context is kept between messages, one zlib state in each direction serves them all;
 * it is made when the first message needs it.
 *
 * <p>Confined to its event loop.
 */
final class Deflate {
  /** Below this, deflate without a context saves less than 40 %. */
  static final int MIN_BYTES = 256;

  /** Level 6 saves some more, at up to four times the CPU for a long message; see ADR 7. */
  private static final int LEVEL = 1;

  /** What an empty block without compression ends with, and a message is sent without. */
  private static final int TAIL_BYTES = 4;

  /**
   * What a message is read with: that, and an empty final block, which shows that the message did
   * not stop in the middle of one.
   */
  private static final byte[] END = {0, 0, (byte) 0xff, (byte) 0xff, 3, 0};

  /** As far back as any deflate stream points. */
  private static final int WINDOW_BYTES = 1 << Compression.MAX_WINDOW_BITS;

  /**
   * Final blocks in one message: a peer that flushes with them needs one (section 7.2.3.4). Each
   * costs a copy of the window, which must not be had for two bytes.
   */
  private static final int MAX_FINAL_BLOCKS = 16;

  /** Kept between messages; what a larger message needs is let go after it. */
  private static final int SCRATCH_BYTES = 64 * 1024;

  private Deflater deflater;
  private Inflater inflater;
  private byte[] scratch = new byte[0];

  /**
   * A complete frame with the compressed message, or null where that would not be shorter.
   *
   * @param windowBits how far back it may point
   */
  ByteBuf frame(ByteBufAllocator allocator, int opcode, byte[] payload, int windowBits) {
    int length = payload.length < MIN_BYTES ? -1 : compress(payload, windowBits);
    ByteBuf frame =
        length < 0
            ? null
            : WebSocketWriter.frame(
                allocator, WebSocketReader.COMPRESSED | opcode, scratch, length);
    trimScratch();
    return frame;
  }

  /** Into {@link #scratch}; its length, or -1 where it is not shorter than the payload. */
  private int compress(byte[] payload, int windowBits) {
    if (deflater == null) {
      deflater = new Deflater(LEVEL, true);
    }
    needScratch(payload.length);
    deflater.reset();
    // zlib from Java always has the largest window; a full flush forgets what came before it.
    int step = windowBits == Compression.MAX_WINDOW_BITS ? payload.length : 1 << windowBits;
    int size = 0;
    for (int from = 0; from < payload.length; from += step) {
      int count = Math.min(step, payload.length - from);
      boolean last = from + count == payload.length;
      deflater.setInput(payload, from, count);
      int room = payload.length - size;
      int written =
          deflater.deflate(scratch, size, room, last ? Deflater.SYNC_FLUSH : Deflater.FULL_FLUSH);
      if (written == room) {
        return -1;
      }
      size += written;
    }
    return size - TAIL_BYTES;
  }

  /**
   * The message that the first {@code length} bytes of {@code compressed} stand for.
   *
   * @throws ProtocolViolation 1009 as soon as more than {@code maxBytes} have come out, 1007 for
   *     what is no deflate stream
   */
  byte[] inflate(byte[] compressed, int length, int maxBytes) {
    if (inflater == null) {
      inflater = new Inflater(true);
    }
    try {
      int size = inflateToScratch(compressed, length, maxBytes);
      return Arrays.copyOf(scratch, size);
    } catch (DataFormatException e) {
      throw new ProtocolViolation(CloseCode.INVALID_UTF8, "compressed data can't be read");
    } finally {
      trimScratch();
    }
  }

  private int inflateToScratch(byte[] compressed, int length, int maxBytes)
      throws DataFormatException {
    inflater.reset();
    inflater.setInput(compressed, 0, length);
    boolean ending = false;
    int finals = 0;
    int size = 0;
    while (true) {
      needScratch(Math.min(maxBytes + 1L, Math.max(1024, size * 2L)));
      int before = size;
      size += inflater.inflate(scratch, size, scratch.length - size);
      if (size > maxBytes) {
        throw new ProtocolViolation(
            CloseCode.TOO_BIG, "message over the limit of " + maxBytes + " bytes");
      }
      if (inflater.finished()) {
        int left = inflater.getRemaining();
        if (left == 0) {
          return size;
        }
        require(!ending && ++finals <= MAX_FINAL_BLOCKS);
        goOn(compressed, length - left, left, size);
      } else if (inflater.needsInput() && size < scratch.length) {
        require(!ending);
        ending = true;
        inflater.setInput(END);
      } else {
        require(size > before); // or this would go round for ever
      }
    }
  }

  private static void require(boolean rule) throws DataFormatException {
    if (!rule) {
      throw new DataFormatException();
    }
  }

  /** After a final block, with the window as it was. */
  private void goOn(byte[] compressed, int from, int count, int size) {
    inflater.reset();
    int window = Math.min(size, WINDOW_BYTES);
    inflater.setDictionary(scratch, size - window, window);
    inflater.setInput(compressed, from, count);
  }

  private void needScratch(long bytes) {
    if (scratch.length < bytes) {
      scratch = Arrays.copyOf(scratch, (int) Math.max(bytes, 1024));
    }
  }

  private void trimScratch() {
    if (scratch.length > SCRATCH_BYTES) {
      scratch = new byte[SCRATCH_BYTES];
    }
  }

  /** Gives the native memory back; nothing may be compressed after it. */
  void end() {
    if (deflater != null) {
      deflater.end();
    }
    if (inflater != null) {
      inflater.end();
    }
  }
}
