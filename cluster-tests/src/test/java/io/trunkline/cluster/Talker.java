package io.trunkline.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Echoes and writes to its listener, one request after another; what fails in a way that may be
 * tried again it sends again under the same id.
 */
final class Talker extends Roamer.Loop {
  private final String receiver;

  /** Offset to message, as acked. */
  private final SortedMap<Long, Integer> acked = new ConcurrentSkipListMap<>();

  private final List<String> errors = new CopyOnWriteArrayList<>();
  private final AtomicLong rounds = new AtomicLong();
  private volatile long slowestNanos;

  /** The request that has no answer yet, or null. */
  private JsonObject open;

  Talker(Roamer roamer, String receiver) {
    super(roamer);
    this.receiver = receiver;
  }

  @Override
  void once(Roamer roamer) {
    if (open == null) {
      open = nextRequest();
    }
    long began = System.nanoTime();
    JsonObject answer = roamer.client(0).ask(open);
    slowestNanos = Math.max(slowestNanos, System.nanoTime() - began);
    take(answer);
  }

  private JsonObject nextRequest() {
    int number = (int) rounds.get();
    String id = receiver + "-" + number;
    return number % 2 == 0
        ? Client.frame("echo", "id", id, "content", number)
        : Client.frame("private_message", "id", id, "receiver", receiver, "message", number);
  }

  private void take(JsonObject answer) {
    if ("error".equals(answer.getString("type"))) {
      errors.add(answer.encode());
      if (answer.getBoolean("retryable")) {
        return;
      }
    } else if ("ack".equals(answer.getString("type"))) {
      acked.put(answer.getLong("offset"), open.getInteger("message"));
    }
    open = null;
    rounds.incrementAndGet();
  }

  /** Answered requests; any thread, as what follows. */
  long rounds() {
    return rounds.get();
  }

  SortedMap<Long, Integer> acked() {
    return acked;
  }

  List<String> errors() {
    return errors;
  }

  long slowestMillis() {
    return slowestNanos / 1_000_000;
  }

  void assertSeenBy(Map<Long, Integer> seen) {
    assertThat(seen).as("what %s has seen of what was acked", receiver).containsAllEntriesOf(acked);
    assertThat(List.copyOf(seen.values()))
        .as("what %s has seen, as sent: once and in order", receiver)
        .doesNotHaveDuplicates()
        .isSorted();
  }
}
