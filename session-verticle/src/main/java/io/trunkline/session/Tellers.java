package io.trunkline.session;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which session services tell of changes in presence, and which of them is a channel's teller. All
 * know the same changes; one tells. Each that does says so once a second, so that one that has only
 * just started, and does not know yet what was before, is not reckoned with.
 *
 * <p>Services that see different members may name different tellers for a while: then a change is
 * told twice. Confined to one context, but for {@link #tellerOf}.
 */
final class Tellers {
  /** Between two announcements of one service. */
  static final long ANNOUNCE_MILLIS = 1000;

  /** Three announcements missed, and a little: frozen, or cut off. */
  private static final long SILENCE_MILLIS = 3500;

  private final String me;

  /** Milliseconds at which each was heard last. */
  private final Map<String, Long> heard = new HashMap<>();

  /** Sorted; those that were heard lately and are members. */
  private volatile List<String> tellers = List.of();

  /** Sorted; who decides while nobody has said anything yet, as all see the same members. */
  private volatile List<String> members = List.of();

  Tellers(String me) {
    this.me = me;
  }

  void heard(String service, long now) {
    heard.put(service, now);
  }

  /** Looks anew who is there among {@code all} members; whether that is news. */
  boolean changed(Set<String> all, long now) {
    heard.values().removeIf(at -> now - at > SILENCE_MILLIS);
    List<String> there = heard.keySet().stream().filter(all::contains).sorted().toList();
    members = all.stream().sorted().toList();
    boolean news = !there.equals(tellers);
    tellers = there;
    return news;
  }

  /** Whether this service is the teller of {@code channel}. */
  boolean isMine(String channel) {
    return !tellers.isEmpty() && me.equals(tellerOf(channel));
  }

  /**
   * The service with the highest weight for the channel (rendezvous hashing): of all members, while
   * none has said anything. Any thread.
   */
  String tellerOf(String channel) {
    String best = null;
    int most = 0;
    List<String> known = tellers;
    for (String service : known.isEmpty() ? members : known) {
      int weight = weight(service, channel);
      if (best == null || weight > most) {
        best = service;
        most = weight;
      }
    }
    return best == null ? me : best;
  }

  /** Both hashes, mixed as the finalizer of MurmurHash3 does. */
  private static int weight(String service, String channel) {
    int hash = service.hashCode() * 31 + channel.hashCode();
    hash = (hash ^ (hash >>> 16)) * 0x85ebca6b;
    hash = (hash ^ (hash >>> 13)) * 0xc2b2ae35;
    return hash ^ (hash >>> 16);
  }
}
