package io.trunkline.gateway;

import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One timer for all connections of an event loop: a hashed wheel (Varghese and Lauck, 1987) whose
 * entries are the things to wake themselves, linked in place, so that waiting costs no allocation.
 * Times are exact to a tick.
 *
 * <p>Confined to its event loop; whoever owns the loop calls {@link #advance} once a {@link
 * #TICK_MILLIS}.
 */
final class Wheel {
  private static final Logger log = LoggerFactory.getLogger(Wheel.class);

  static final int TICK_MILLIS = 100;

  /** 51 s a turn: pings, pongs and deadlines fit one turn, expiries of sessions take several. */
  private static final int SLOTS = 512;

  /** Something to wake. */
  abstract static class Entry {
    /** Neighbours in a slot's ring; null while it isn't waiting. */
    private Entry previous;

    private Entry next;

    /** Milliseconds of the wheel's clock. */
    private long due;

    /**
     * Its time has come; it may be scheduled again at once. May come once too often when another
     * entry, woken in the same tick, cancelled or moved this one.
     */
    abstract void wake(long now);
  }

  private static final class Ring extends Entry {
    @Override
    void wake(long now) {
      throw new IllegalStateException("a ring is never due");
    }
  }

  private final Entry[] slots = new Entry[SLOTS];

  /** Of the slot being woken; empty in between. */
  private final List<Entry> dueNow = new ArrayList<>();

  /** The tick that was handled last. */
  private long tick;

  Wheel(long now) {
    tick = now / TICK_MILLIS;
    for (int i = 0; i < SLOTS; i++) {
      slots[i] = new Ring();
      slots[i].next = slots[i];
      slots[i].previous = slots[i];
    }
  }

  /**
   * Wakes {@code entry} at {@code due}, or at the next tick where that has passed; an earlier
   * appointment is dropped.
   */
  void schedule(Entry entry, long due) {
    cancel(entry);
    entry.due = due;
    long dueTick = Math.max(Math.floorDiv(due + TICK_MILLIS - 1, TICK_MILLIS), tick + 1);
    insert(slots[(int) (dueTick % SLOTS)], entry);
  }

  void cancel(Entry entry) {
    if (entry.next != null) {
      entry.previous.next = entry.next;
      entry.next.previous = entry.previous;
      entry.next = null;
      entry.previous = null;
    }
  }

  void advance(long now) {
    long target = now / TICK_MILLIS;
    long first = Math.max(tick + 1, target - SLOTS + 1);
    for (long t = first; t <= target; t++) {
      tick = t;
      wakeSlot(slots[(int) (t % SLOTS)], now);
    }
  }

  /** Takes out all that are due before it wakes the first, as those woken change the ring. */
  private void wakeSlot(Entry slot, long now) {
    Entry entry = slot.next;
    while (entry != slot) {
      Entry following = entry.next;
      if (entry.due <= now) {
        cancel(entry);
        dueNow.add(entry);
      }
      entry = following;
    }
    for (Entry due : dueNow) {
      wake(due, now);
    }
    dueNow.clear();
  }

  /** One that fails must not keep the others asleep. */
  private static void wake(Entry due, long now) {
    try {
      due.wake(now);
    } catch (RuntimeException e) {
      log.error("timer_failed", e);
    }
  }

  private static void insert(Entry slot, Entry entry) {
    entry.next = slot;
    entry.previous = slot.previous;
    slot.previous.next = entry;
    slot.previous = entry;
  }
}
