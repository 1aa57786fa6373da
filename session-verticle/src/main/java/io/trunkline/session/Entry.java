package io.trunkline.session;

import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * What is to be appended to a topic.
 *
 * @param mustExist refuse with {@code unknown_receiver} rather than make the topic
 * @param id the sender's own name for the message, by which a repeat is known; null: every time is
 *     the first
 * @param posted whether the application itself sends it: its ids and those of clients are told
 *     apart, so that no client can take one beforehand
 * @param stored an open frame, as {@code FrameWriter.open()} leaves it
 */
@SuppressWarnings("ArrayRecordComponent") // bytes on their way to the database; never compared
record Entry(
    String topic, boolean mustExist, String sender, String id, boolean posted, byte[] stored) {

  /** No UTF-8 has this byte, so no client's id begins with it. */
  private static final byte POSTED_MARK = (byte) 0xff;

  Entry {
    Objects.requireNonNull(topic, "topic");
    Objects.requireNonNull(sender, "sender");
    Objects.requireNonNull(stored, "stored");
  }

  /** A client's. */
  Entry(String topic, boolean mustExist, String sender, String id, byte[] stored) {
    this(topic, mustExist, sender, id, false, stored);
  }

  /** The id as the log keeps it; null where there is none. */
  byte[] idBytes() {
    if (id == null) {
      return null;
    }
    byte[] text = id.getBytes(StandardCharsets.UTF_8);
    if (!posted) {
      return text;
    }
    byte[] marked = new byte[text.length + 1];
    marked[0] = POSTED_MARK;
    System.arraycopy(text, 0, marked, 1, text.length);
    return marked;
  }

  @Override
  public String toString() {
    return "Entry[topic=" + topic + ", id=" + id + ", bytes=" + stored.length + "]";
  }
}
