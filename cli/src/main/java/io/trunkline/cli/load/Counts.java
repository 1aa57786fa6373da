package io.trunkline.cli.load;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** What is counted through a whole run, by all lanes. Any thread. */
final class Counts {
  /** A server can give few reasons; beyond these they are counted together. */
  private static final int MOST_REASONS = 50;

  final LongAdder sent = new LongAdder();
  final LongAdder received = new LongAdder();
  final LongAdder acked = new LongAdder();

  /** Were answered by an error; what is promised of a message begins with its ack. */
  final LongAdder refused = new LongAdder();

  /** Were due while their connection's output was full or had ended. */
  final LongAdder unsent = new LongAdder();

  /** Came to a reader that nobody had sent them to. */
  final LongAdder misdirected = new LongAdder();

  private final Map<String, LongAdder> reasons = new ConcurrentHashMap<>();

  /** A refusal, an error frame or the end of a connection, by what it said. */
  void failure(String reason) {
    boolean room = reasons.size() < MOST_REASONS || reasons.containsKey(reason);
    reasons.computeIfAbsent(room ? reason : "other", key -> new LongAdder()).increment();
  }

  Map<String, Long> failures() {
    Map<String, Long> sums = new TreeMap<>();
    reasons.forEach((reason, count) -> sums.put(reason, count.sum()));
    return sums;
  }
}
