package io.trunkline.cluster;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * What the clients of a chaos run sent, were promised and saw. {@link #audit} holds it against the
 * promise: what was acked is seen by its reader once, offsets have no holes, and each sender's
 * order is kept.
 */
final class ChaosJournal {
  /** One message as its sender knows it. */
  static final class Sent {
    final String sender;
    final int number;
    final String receiver;
    final long sentAt;

    /** Of the ack; 0 until there is one. */
    volatile long offset;

    /** When its reader first had it; 0 until then. */
    volatile long seenAt;

    Sent(String sender, int number, String receiver, long sentAt) {
      this.sender = sender;
      this.number = number;
      this.receiver = receiver;
      this.sentAt = sentAt;
    }

    String key() {
      return sender + "-" + number;
    }
  }

  private static final String WHISPER = "whisper";

  private final Map<String, Sent> sent = new ConcurrentHashMap<>();

  /** For each reader: offset to the message's key. */
  private final Map<String, Map<Long, String>> seen = new ConcurrentHashMap<>();

  /** Broken rules, said once each, as they happened. */
  private final ConcurrentLinkedQueue<String> violations = new ConcurrentLinkedQueue<>();

  Sent sending(String sender, int number, String receiver) {
    Sent message = new Sent(sender, number, receiver, System.nanoTime());
    sent.put(message.key(), message);
    return message;
  }

  void acked(Sent message, long offset) {
    if (message.offset != 0 && message.offset != offset) {
      violation(message.key() + " was acked at " + message.offset + " and at " + offset);
    }
    message.offset = offset;
  }

  void seen(String reader, long offset, String key) {
    String before =
        seen.computeIfAbsent(reader, name -> new ConcurrentHashMap<>()).put(offset, key);
    if (before != null) {
      violation(reader + " saw offset " + offset + " twice: " + before + " and " + key);
    }
    Sent message = sent.get(key);
    if (message == null) {
      violation(reader + " saw " + key + ", which nobody sent");
    } else if (message.seenAt == 0) {
      message.seenAt = System.nanoTime();
    }
  }

  /** A message without an id, of which nothing but its place was promised. */
  void whispered(String reader, long offset) {
    seen.computeIfAbsent(reader, name -> new ConcurrentHashMap<>()).put(offset, WHISPER);
  }

  void violation(String what) {
    violations.add(what);
  }

  int sentCount() {
    return sent.size();
  }

  List<Sent> messages() {
    return List.copyOf(sent.values());
  }

  /** Acked, and not yet seen by their reader. */
  List<Sent> missing() {
    return sent.values().stream()
        .filter(message -> message.offset != 0 && !message.key().equals(seenAt(message)))
        .toList();
  }

  private String seenAt(Sent message) {
    return seen.getOrDefault(message.receiver, Map.of()).get(message.offset);
  }

  /** Everything that is wrong; empty when the promise was kept. */
  List<String> audit() {
    List<String> wrong = new ArrayList<>(violations);
    missing().forEach(m -> wrong.add("lost: " + m.key() + " at " + m.offset + " of " + m.receiver));
    seen.forEach((reader, messages) -> auditReader(reader, new TreeMap<>(messages), wrong));
    return wrong;
  }

  private static void auditReader(
      String reader, SortedMap<Long, String> messages, List<String> wrong) {
    long expected = 1;
    Map<String, Long> places = new HashMap<>();
    Map<String, Integer> last = new HashMap<>();
    for (Map.Entry<Long, String> entry : messages.entrySet()) {
      if (entry.getKey() != expected) {
        wrong.add("gap: " + reader + " misses " + expected + " to " + (entry.getKey() - 1));
      }
      expected = entry.getKey() + 1;
      if (entry.getValue().equals(WHISPER)) {
        continue;
      }
      Long before = places.put(entry.getValue(), entry.getKey());
      if (before != null) {
        wrong.add("repeated: " + entry.getValue() + " at " + before + " and " + entry.getKey());
      }
      String sender = entry.getValue().substring(0, entry.getValue().indexOf('-'));
      int number = Integer.parseInt(entry.getValue().substring(sender.length() + 1));
      Integer earlier = last.put(sender, number);
      if (earlier != null && earlier > number) {
        wrong.add("reordered: " + reader + " has " + sender + "-" + number + " after " + earlier);
      }
    }
  }
}
