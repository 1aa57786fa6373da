package io.trunkline.session;

import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Room in channels that take so many users and no more. One session service decides for a channel,
 * its teller, so that those who come at once are counted one after another. A seat is kept for its
 * user until the directory has it, or for {@link #KEEP_MILLIS}.
 *
 * <p>Confined to the directory's writer.
 */
final class Seats implements Whereabouts.Listener {
  /** A gateway tells the directory within a second, mostly within milliseconds. */
  private static final long KEEP_MILLIS = 5000;

  private final Whereabouts whereabouts;
  private final LongSupplier clock;

  /** By channel and user, until when; the oldest first. No channel has more than its room. */
  private final Map<String, Map<String, Long>> kept = new HashMap<>();

  Seats(Whereabouts whereabouts, LongSupplier clock) {
    this.whereabouts = whereabouts;
    this.clock = clock;
  }

  /** Whether {@code user} is one of the {@code most} in {@code channel}, from now on. */
  boolean take(String channel, String user, int most) {
    Attendance there = whereabouts.in(channel);
    if (there.has(user)) {
      return true;
    }
    Map<String, Long> waiting = kept.getOrDefault(channel, new LinkedHashMap<>());
    dropOld(waiting);
    if (!waiting.containsKey(user) && there.count() + waiting.size() >= most) {
      return false;
    }
    waiting.remove(user);
    waiting.put(user, clock.getAsLong() + KEEP_MILLIS);
    kept.put(channel, waiting);
    return true;
  }

  /** Forgets seats that nobody has come for. */
  void tick() {
    kept.values().removeIf(this::dropOld);
  }

  @Override
  public void joined(String channel, String user) {
    Map<String, Long> waiting = kept.get(channel);
    if (waiting != null && waiting.remove(user) != null && waiting.isEmpty()) {
      kept.remove(channel);
    }
  }

  @Override
  public void left(String channel, String user) {}

  /** Whether none is left. */
  private boolean dropOld(Map<String, Long> waiting) {
    long now = clock.getAsLong();
    Iterator<Long> until = waiting.values().iterator();
    while (until.hasNext() && until.next() <= now) {
      until.remove();
    }
    return waiting.isEmpty();
  }
}
