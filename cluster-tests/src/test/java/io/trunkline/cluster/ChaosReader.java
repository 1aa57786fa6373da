package io.trunkline.cluster;

import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What one user of a chaos run has read: a place in each of its topics, from which it goes on after
 * a reconnect. Each message that comes must be the next of its topic.
 */
final class ChaosReader {
  private final ChaosJournal journal;
  private final String user;
  private final Map<String, String> topicOfChannel = new LinkedHashMap<>();

  /** By topic. Written on the client's context alone. */
  private final Map<String, Long> lastSeen = new ConcurrentHashMap<>();

  ChaosReader(ChaosJournal journal, String user, List<String> channels) {
    this.journal = journal;
    this.user = user;
    follow(inbox(user));
    for (String channel : channels) {
      topicOfChannel.put(channel, channel(channel));
      follow(channel(channel));
    }
  }

  static String inbox(String user) {
    return "user:" + user;
  }

  static String channel(String channel) {
    return "channel:" + channel;
  }

  private void follow(String topic) {
    lastSeen.put(topic, 0L);
    journal.reads(user, topic);
  }

  Set<String> topics() {
    return lastSeen.keySet();
  }

  Set<String> channels() {
    return topicOfChannel.keySet();
  }

  /** The offset up to which it has {@code topic}. */
  long lastSeen(String topic) {
    return lastSeen.get(topic);
  }

  /** A {@code private_message}, or a {@code message} of a channel. */
  void read(JsonObject frame) {
    String channel = frame.getString("channel");
    String topic = channel == null ? inbox(user) : topicOfChannel.get(channel);
    if (topic == null) {
      journal.violation(user + " did not subscribe and got " + frame);
      return;
    }
    long offset = frame.getLong("offset");
    long last = lastSeen(topic);
    if (offset != last + 1) {
      String kind = offset > last ? "gap" : "repeated";
      journal.violation(
          kind + ": " + user + " got offset " + offset + " of " + topic + " after " + last);
    }
    lastSeen.put(topic, Math.max(last, offset));
    int number = frame.getJsonObject("message").getInteger("number");
    if (number < 0) {
      journal.whispered(user, topic, offset);
    } else {
      journal.seen(user, topic, offset, frame.getString("sender") + "-" + number);
    }
  }
}
