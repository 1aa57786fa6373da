package io.trunkline.session;

import static io.trunkline.session.Database.STORE_TIMEOUT_MILLIS;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
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
 * @param until of {@link System#nanoTime}: from then on nobody waits for it, and it is not stored
 */
@SuppressWarnings("ArrayRecordComponent") // bytes on their way to the database; never compared
record Entry(
    String topic,
    boolean mustExist,
    String sender,
    String id,
    boolean posted,
    byte[] stored,
    long until) {

  /** No UTF-8 has this byte, so no client's id begins with it. */
  private static final byte POSTED_MARK = (byte) 0xff;

  Entry {
    Objects.requireNonNull(topic, "topic");
    Objects.requireNonNull(sender, "sender");
    Objects.requireNonNull(stored, "stored");
  }

  /** A client's, for which somebody waits for {@code patience}. */
  Entry(
      String topic, boolean mustExist, String sender, String id, byte[] stored, Duration patience) {
    this(topic, mustExist, sender, id, false, stored, System.nanoTime() + patience.toNanos());
  }

  /** The application's own, for which it waits as long as a store may take. */
  static Entry posted(String topic, boolean mustExist, String sender, String id, byte[] stored) {
    long until = System.nanoTime() + Duration.ofMillis(STORE_TIMEOUT_MILLIS).toNanos();
    return new Entry(topic, mustExist, sender, id, true, stored, until);
  }

  boolean isWanted() {
    return System.nanoTime() - until < 0;
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
