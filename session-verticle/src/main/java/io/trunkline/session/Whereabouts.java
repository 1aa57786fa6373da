package io.trunkline.session;

import io.trunkline.protocol.Topics;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongSupplier;

/**
 * Who is where, as the directory has it: anywhere, and in each channel. Who leaves a place is shown
 * there a while longer, so that nobody blinks who reconnects, be it to another gateway after the
 * death of the first. Any thread reads; the directory's one writer writes.
 */
final class Whereabouts {
  /**
   * A reload of a page, or a client's first try again after its gateway was killed. Together with
   * what the cluster takes to see that death it stays below 5 s.
   */
  static final long LINGER_MILLIS = 2000;

  /** How often {@link #tick} is to be called. */
  static final long TICK_MILLIS = 100;

  /** Hears who comes to a channel and who has left it, each once; on the writer's thread. */
  interface Listener {
    void joined(String channel, String user);

    void left(String channel, String user);
  }

  private final long lingerMillis;
  private final LongSupplier clock;
  private final Attendance anywhere = new Attendance();

  /** By channel; none is empty for long. */
  private final ConcurrentMap<String, Attendance> channels = new ConcurrentHashMap<>();

  /**
   * Topics that say that a user is somewhere, and that nobody follows any more, with the time when
   * they are let go, the first due first. The writer's; as many as were followed a moment ago.
   */
  private final Map<String, Long> leaving = new LinkedHashMap<>();

  private final List<Listener> listeners = new ArrayList<>();

  /**
   * With a clock in milliseconds, which never goes back. Where nobody lingers no tick is needed.
   */
  Whereabouts(long lingerMillis, LongSupplier clock) {
    this.lingerMillis = lingerMillis;
    this.clock = clock;
  }

  /** From now on {@code listener} hears of changes; what is so already is no change. */
  void listen(Listener listener) {
    listeners.add(listener);
  }

  Attendance anywhere() {
    return anywhere;
  }

  Attendance in(String channel) {
    return channels.getOrDefault(channel, Attendance.NOBODY);
  }

  /** Somebody follows {@code topic}, and nobody did before. The writer's. */
  void followed(String topic) {
    if (leaving.remove(topic) != null) {
      return;
    }
    if (Topics.isUser(topic)) {
      anywhere.add(Topics.userOf(topic));
    } else if (Topics.isHere(topic)) {
      String channel = Topics.channelHere(topic);
      channels.computeIfAbsent(channel, name -> new Attendance()).add(Topics.userHere(topic));
      listeners.forEach(listener -> listener.joined(channel, Topics.userHere(topic)));
    }
  }

  /** Nobody follows {@code topic} any more. The writer's. */
  void unfollowed(String topic) {
    if (!Topics.isUser(topic) && !Topics.isHere(topic)) {
      return;
    }
    if (lingerMillis == 0) {
      gone(topic);
    } else {
      leaving.put(topic, clock.getAsLong() + lingerMillis);
    }
  }

  /** Lets those go whose time has come. The writer's. */
  void tick() {
    long now = clock.getAsLong();
    Iterator<Map.Entry<String, Long>> next = leaving.entrySet().iterator();
    while (next.hasNext()) {
      Map.Entry<String, Long> first = next.next();
      if (first.getValue() > now) {
        return;
      }
      next.remove();
      gone(first.getKey());
    }
  }

  private void gone(String topic) {
    if (Topics.isUser(topic)) {
      anywhere.remove(Topics.userOf(topic));
      return;
    }
    String channel = Topics.channelHere(topic);
    Attendance attendance = in(channel);
    attendance.remove(Topics.userHere(topic));
    if (attendance.count() == 0) {
      channels.remove(channel);
    }
    listeners.forEach(listener -> listener.left(channel, Topics.userHere(topic)));
  }
}
