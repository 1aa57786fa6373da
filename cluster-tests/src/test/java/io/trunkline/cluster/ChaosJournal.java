package io.trunkline.cluster;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What the clients of a chaos run sent, were promised and saw. {@link #audit} holds it against the
 * promise: what was acked is seen by each reader of its topic once, offsets have no holes, all
 * readers of a topic see the same, and each sender's order is kept.
 */
final class ChaosJournal {
  /** One message as its sender knows it. */
  static final class Sent {
    final String sender;
    final int number;
    final String topic;
    final long sentAt;

    /** Of the ack; 0 until there is one. */
    volatile long offset;

    /** When the last of those who have it first had it; 0 until then. */
    volatile long seenAt;

    /** Readers who do not have it. */
    final AtomicInteger awaited;

    Sent(String sender, int number, String topic, long sentAt, int readers) {
      this.awaited = new AtomicInteger(readers);
      this.sender = sender;
      this.number = number;
      this.topic = topic;
      this.sentAt = sentAt;
    }

    String key() {
      return sender + "-" + number;
    }
  }

  private record Reading(String reader, String topic) {}

  private static final String WHISPER = "whisper";

  private final Map<String, Sent> sent = new ConcurrentHashMap<>();

  /** Who reads a topic, from the beginning of the run to its end. */
  private final Map<String, Set<String>> readers = new ConcurrentHashMap<>();

  /** Offset to the message's key. */
  private final Map<Reading, Map<Long, String>> seen = new ConcurrentHashMap<>();

  /** Broken rules, said once each, as they happened. */
  private final ConcurrentLinkedQueue<String> violations = new ConcurrentLinkedQueue<>();

  void reads(String reader, String topic) {
    readers.computeIfAbsent(topic, name -> ConcurrentHashMap.newKeySet()).add(reader);
  }

  Sent sending(String sender, int number, String topic) {
    Sent message =
        new Sent(
            sender, number, topic, System.nanoTime(), readers.getOrDefault(topic, Set.of()).size());
    sent.put(message.key(), message);
    return message;
  }

  void acked(Sent message, long offset) {
    if (message.offset != 0 && message.offset != offset) {
      violation("repeated: " + message.key() + " was acked at " + message.offset + ", " + offset);
    }
    message.offset = offset;
  }

  void seen(String reader, String topic, long offset, String key) {
    String before = seenBy(reader, topic).put(offset, key);
    if (before != null) {
      violation(
          "repeated: " + reader + " saw " + topic + " " + offset + ": " + before + ", " + key);
    }
    Sent message = sent.get(key);
    if (message == null) {
      violation(reader + " saw " + key + ", which nobody sent");
    } else if (before == null) {
      message.seenAt = System.nanoTime();
      message.awaited.decrementAndGet();
    }
  }

  /** A message without an id, of which nothing but its place was promised. */
  void whispered(String reader, String topic, long offset) {
    seenBy(reader, topic).put(offset, WHISPER);
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

  /** Whether everything that was sent before {@code time} has been seen by all its readers. */
  boolean hasArrived(long time) {
    return sent.values().stream().noneMatch(m -> m.sentAt <= time && m.awaited.get() > 0);
  }

  /** Acked, and not yet seen by each of their readers. */
  List<String> missing() {
    List<String> missing = new ArrayList<>();
    for (Sent message : sent.values()) {
      for (String reader : readers.getOrDefault(message.topic, Set.of())) {
        if (message.offset != 0 && !message.key().equals(seenAt(reader, message))) {
          missing.add(reader + " lacks " + message.key() + ", " + message.topic + message.offset);
        }
      }
    }
    return missing;
  }

  private String seenAt(String reader, Sent message) {
    return seenBy(reader, message.topic).get(message.offset);
  }

  private Map<Long, String> seenBy(String reader, String topic) {
    return seen.computeIfAbsent(new Reading(reader, topic), name -> new ConcurrentHashMap<>());
  }

  /** Everything that is wrong; empty when the promise was kept. */
  List<String> audit() {
    List<String> wrong = new ArrayList<>(violations);
    missing().forEach(what -> wrong.add("lost: " + what));
    Map<String, Map<Long, String>> logs = new HashMap<>();
    seen.forEach(
        (reading, messages) -> {
          auditReading(reading, new TreeMap<>(messages), wrong);
          compare(
              reading,
              messages,
              logs.computeIfAbsent(reading.topic(), t -> new HashMap<>()),
              wrong);
        });
    return wrong;
  }

  private static void auditReading(
      Reading reading, SortedMap<Long, String> messages, List<String> wrong) {
    String who = reading.reader() + " of " + reading.topic();
    long expected = 1;
    Map<String, Long> places = new HashMap<>();
    Map<String, Integer> last = new HashMap<>();
    for (Map.Entry<Long, String> entry : messages.entrySet()) {
      if (entry.getKey() != expected) {
        wrong.add("gap: " + who + " misses " + expected + " to " + (entry.getKey() - 1));
      }
      expected = entry.getKey() + 1;
      if (entry.getValue().equals(WHISPER)) {
        continue;
      }
      Long before = places.put(entry.getValue(), entry.getKey());
      if (before != null) {
        wrong.add(
            "repeated: "
                + who
                + " has "
                + entry.getValue()
                + " at "
                + before
                + ", "
                + entry.getKey());
      }
      String sender = entry.getValue().substring(0, entry.getValue().indexOf('-'));
      int number = Integer.parseInt(entry.getValue().substring(sender.length() + 1));
      Integer earlier = last.put(sender, number);
      if (earlier != null && earlier > number) {
        wrong.add("reordered: " + who + " has " + sender + "-" + number + " after " + earlier);
      }
    }
  }

  /** Holds what one reader saw against what the others of the topic did. */
  private static void compare(
      Reading reading, Map<Long, String> messages, Map<Long, String> log, List<String> wrong) {
    messages.forEach(
        (offset, key) -> {
          String other = log.putIfAbsent(offset, key);
          if (other != null && !other.equals(key)) {
            wrong.add(
                "reordered: " + reading + " has " + key + " at " + offset + ", others " + other);
          }
        });
  }
}
