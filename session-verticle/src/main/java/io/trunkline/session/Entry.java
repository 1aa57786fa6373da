package io.trunkline.session;

import java.util.Objects;

/**
 * What is to be appended to a topic.
 *
 * @param mustExist refuse with {@code unknown_receiver} rather than make the topic
 * @param id the sender's own name for the message, by which a repeat is known; null: every time is
 *     the first
 * @param stored an open frame, as {@code FrameWriter.open()} leaves it
 */
@SuppressWarnings("ArrayRecordComponent") // bytes on their way to the database; never compared
record Entry(String topic, boolean mustExist, String sender, String id, byte[] stored) {

  Entry {
    Objects.requireNonNull(topic, "topic");
    Objects.requireNonNull(sender, "sender");
    Objects.requireNonNull(stored, "stored");
  }

  @Override
  public String toString() {
    return "Entry[topic=" + topic + ", id=" + id + ", bytes=" + stored.length + "]";
  }
}
