package io.trunkline.session;

import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which session services tell of changes in presence, and which of them is a channel's teller. All
 * know the same changes; one tells. Each that does says so once a second, so that one that has only
 * just started, and does not know yet what was before, is not reckoned with.
 *
 * <p>Services that have not heard the same may name different tellers for a while: then a change is
 * told twice. A seat in a full channel must not be given twice, so who decides there does not
 * depend on what was heard: see {@link #decidersOf}.
 *
 * <p>Confined to one context, but for {@link #decidersOf}.
 */
final class Tellers {
  /** Between two announcements of one service. */
  static final long ANNOUNCE_MILLIS = 1000;

  /** Three announcements missed, and a little: frozen, or cut off. */
  private static final long SILENCE_MILLIS = 3500;

  private final String me;

  /** Milliseconds at which each was heard last. */
  private final Map<String, Long> heard = new HashMap<>();

  /** Milliseconds at which each member was seen first. */
  private final Map<String, Long> met = new HashMap<>();

  /** Sorted; those that were heard lately and are members. */
  private List<String> tellers = List.of();

  /** The members but for those that should have been heard by now. */
  private volatile List<String> deciders = List.of();

  Tellers(String me) {
    this.me = me;
  }

  void heard(String service, long now) {
    heard.put(service, now);
  }

  /** Looks anew who is there among {@code all} members; whether that is news. */
  boolean changed(Set<String> all, long now) {
    heard.values().removeIf(at -> isSilent(at, now));
    met.keySet().retainAll(all);
    all.forEach(member -> met.putIfAbsent(member, now));
    deciders =
        all.stream()
            .filter(member -> heard.containsKey(member) || !isSilent(met.get(member), now))
            .toList();
    List<String> there = heard.keySet().stream().filter(all::contains).sorted().toList();
    boolean news = !there.equals(tellers);
    tellers = there;
    return news;
  }

  private static boolean isSilent(long since, long now) {
    return now - since > SILENCE_MILLIS;
  }

  /** Whether this service is the teller of {@code channel}. */
  boolean isMine(String channel) {
    return !tellers.isEmpty() && me.equals(Collections.max(tellers, byWeight(channel)));
  }

  /**
   * Who decides about {@code channel}: the first that does not say that it cannot yet, or that it
   * no longer can. All services name the same, as soon as they see the same members; what differs
   * is for how long they wait for one that stands still. Any thread.
   */
  List<String> decidersOf(String channel) {
    List<String> known = deciders;
    return known.isEmpty()
        ? List.of(me)
        : known.stream().sorted(byWeight(channel).reversed()).toList();
  }

  /** Rendezvous hashing: who goes takes no channel away from the others. */
  private static Comparator<String> byWeight(String channel) {
    return Comparator.<String>comparingInt(service -> weight(service, channel))
        .thenComparing(Comparator.naturalOrder());
  }

  /** Both hashes, mixed as the finalizer of MurmurHash3 does. */
  private static int weight(String service, String channel) {
    int hash = service.hashCode() * 31 + channel.hashCode();
    hash = (hash ^ (hash >>> 16)) * 0x85ebca6b;
    hash = (hash ^ (hash >>> 13)) * 0xc2b2ae35;
    return hash ^ (hash >>> 16);
  }
}
