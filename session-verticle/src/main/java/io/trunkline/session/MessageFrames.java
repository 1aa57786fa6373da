package io.trunkline.session;

import io.trunkline.protocol.FrameWriter;

/**
 * The frames in which messages reach their readers, whoever sent them; open, for what comes at
 * their end. Each {@code message} is JSON already and was checked as such; {@code sender} may be
 * null, and the frame then names none.
 */
public final class MessageFrames {
  /** Room for the fields beside the message. */
  private static final int FIELDS_BYTES = 192;

  private MessageFrames() {}

  public static FrameWriter privateMessage(String sender, String receiver, byte[] message) {
    return begin("private_message", message)
        .optional("sender", sender)
        .string("receiver", receiver)
        .raw("message", message);
  }

  public static FrameWriter channelMessage(String channel, String sender, byte[] message) {
    return begin("message", message)
        .string("channel", channel)
        .optional("sender", sender)
        .raw("message", message);
  }

  /** As above, up to the message. */
  public static FrameWriter channelMessage(String channel, String sender) {
    return FrameWriter.frame("message", FIELDS_BYTES)
        .string("channel", channel)
        .optional("sender", sender);
  }

  public static FrameWriter broadcast(String sender, byte[] message) {
    return begin("broadcast", message).optional("sender", sender).raw("message", message);
  }

  private static FrameWriter begin(String type, byte[] message) {
    return FrameWriter.frame(type, message.length + FIELDS_BYTES);
  }
}
