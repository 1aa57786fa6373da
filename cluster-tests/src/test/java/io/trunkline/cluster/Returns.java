package io.trunkline.cluster;

import io.vertx.core.json.JsonObject;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * When the members of a {@link Crowd} come back, and to which gateway, as a good client does: at
 * the time that a gateway has named, at once when it was moved, else after a moment; to another
 * gateway than the one before. Lives on the crowd's thread; any thread may ask.
 */
final class Returns {
  private static final int DRAINING = 4101;
  private static final int RECONNECT_NOW = 4200;

  /** Of who is refused, or lost its gateway without a word. */
  private static final int BACK_OFF_MILLIS = 1000;

  private record Return(CrowdMember member, long dueAt) {}

  private final int gateways;
  private final Queue<Return> waiting =
      new PriorityQueue<>(Comparator.comparingLong(Return::dueAt));

  /** When connections were begun, of {@link System#nanoTime}. */
  private final Queue<Long> begun = new ConcurrentLinkedQueue<>();

  /** How often each code was the end of a connection, or each status that of an upgrade. */
  private final Map<Integer, Integer> ends = new ConcurrentHashMap<>();

  Returns(int gateways) {
    this.gateways = gateways;
  }

  void gone(CrowdMember member) {
    ends.merge(member.closeCode(), 1, Integer::sum);
    waiting.add(new Return(member, System.nanoTime() + waitNanos(member)));
  }

  private static long waitNanos(CrowdMember member) {
    int code = member.closeCode();
    int millis =
        code == DRAINING
            ? new JsonObject(member.closeReason()).getInteger("retry_after_ms")
            : code >= RECONNECT_NOW ? 0 : ThreadLocalRandom.current().nextInt(BACK_OFF_MILLIS);
    return TimeUnit.MILLISECONDS.toNanos(millis);
  }

  /** Who is to connect now; null when nobody is. */
  CrowdMember next() {
    Return first = waiting.peek();
    if (first == null || first.dueAt > System.nanoTime()) {
      return null;
    }
    waiting.remove();
    begun.add(System.nanoTime());
    int others = gateways - 1;
    int step = others == 0 ? 0 : 1 + ThreadLocalRandom.current().nextInt(others);
    first.member.beginAgain((first.member.at() + step) % gateways);
    return first.member;
  }

  /** How many have come back so far, or tried to. */
  int count() {
    return begun.size();
  }

  Map<Integer, Integer> ends() {
    return Map.copyOf(ends);
  }

  /** The most that have begun within any second. */
  int mostInASecond() {
    Queue<Long> second = new ArrayDeque<>();
    int most = 0;
    for (long at : begun) {
      second.add(at);
      while (at - second.element() >= TimeUnit.SECONDS.toNanos(1)) {
        second.remove();
      }
      most = Math.max(most, second.size());
    }
    return most;
  }

  /** Counts anew. */
  void reset() {
    begun.clear();
    ends.clear();
  }
}
