package io.trunkline.protocol;

import java.nio.charset.StandardCharsets;

/** Client frames that more than one node writes, each built in one place. */
public final class Frames {
  public static final byte[] PONG = FrameWriter.frame("pong").end();
  public static final byte[] BARE_PONG = "pong".getBytes(StandardCharsets.US_ASCII);

  private Frames() {}

  /** {@code id} may be null: the request carried none, or one that could not be read. */
  public static byte[] error(String id, ErrorCode code, String message) {
    return FrameWriter.frame("error")
        .optional("id", id)
        .string("code", code.wireName())
        .string("message", message)
        .bool("retryable", code.retryable())
        .end();
  }

  public static byte[] error(String id, Refusal refusal) {
    return error(id, refusal.code(), refusal.getMessage());
  }

  /**
   * The {@code ack} of what was not stored.
   *
   * @param id the request's; null: there is no ack
   * @param time epoch milliseconds
   */
  public static byte[] ack(String id, long time) {
    return id == null
        ? null
        : FrameWriter.frame("ack").string("id", id).string("time", Times.iso(time)).end();
  }

  /**
   * The frame of a message that is not stored.
   *
   * @param head an open object, as {@link FrameWriter#open} left it
   * @param frame the request whose {@code message} it carries
   * @param time epoch milliseconds
   */
  public static byte[] message(byte[] head, JsonFrame frame, long time) {
    return frame.copyRaw("message", head).string("time", Times.iso(time)).end();
  }

  /**
   * The frame of a stored message: what was stored, then its place and time in the log.
   *
   * @param stored an open object, as {@link FrameWriter#open} left it
   * @param time epoch milliseconds
   */
  public static byte[] stored(byte[] stored, long offset, long time) {
    return FrameWriter.resume(stored, 64)
        .number("offset", offset)
        .string("time", Times.iso(time))
        .end();
  }
}
