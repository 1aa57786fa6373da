package io.trunkline.cli;

import io.vertx.core.json.JsonObject;

/**
 * How far a topic has been read, so that a new connection goes on there and nothing is shown twice.
 * Used by one thread.
 */
final class Place {
  private final String channel;

  /** Null: not known yet. */
  private Long last;

  /**
   * At the beginning.
   *
   * @param channel null: an inbox
   * @param since after which offset; null: as the server says
   */
  Place(String channel, Long since) {
    this.channel = channel;
    this.last = since;
  }

  /** Null: an inbox. */
  String channel() {
    return channel;
  }

  /** For {@code since}; null: leave it to the server. */
  Long last() {
    return last;
  }

  /**
   * The answer to {@code session} or {@code subscribe}.
   *
   * @return whether all is there that was asked for
   */
  boolean joined(JsonObject answer) {
    boolean recovered = answer.getBoolean("recovered", true);
    long head = answer.getLong("offset", 0L);
    boolean beyond = last != null && last > head;
    if (beyond || (last == null && channel != null)) {
      last = head;
    }
    return recovered;
  }

  /** Whether this is a message of the topic, and the first time that it is here. */
  boolean takes(JsonObject frame) {
    boolean ours =
        channel == null
            ? "private_message".equals(frame.getString("type"))
            : "message".equals(frame.getString("type"))
                && channel.equals(frame.getString("channel"));
    Long offset = frame.getLong("offset");
    if (!ours || (offset != null && last != null && offset <= last)) {
      return false;
    }
    last = offset == null ? last : offset;
    return true;
  }
}
