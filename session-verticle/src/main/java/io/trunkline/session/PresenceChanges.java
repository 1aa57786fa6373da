package io.trunkline.session;

import io.trunkline.protocol.FrameWriter;
import io.trunkline.protocol.Topics;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Tells those who asked for it who comes to a channel and who leaves it: {@code presence_change},
 * at most one frame for a channel in {@link #GATHER_MILLIS}, however many come and go. Each change
 * is told by one session service; where that one ends, the next tells again what was of late. What
 * is told is always true when it is told, and at most once on its way.
 *
 * <p>Confined to the directory's writer.
 */
final class PresenceChanges implements Whereabouts.Listener {
  /** A person does not notice; every session service has seen by then what the teller has. */
  static final long GATHER_MILLIS = 400;

  /** Names that a frame has of those who came, and of those who left; as an answer has. */
  static final int MAX_NAMES = 100;

  /** Longer than it takes to notice that a teller is gone. */
  private static final long REMEMBER_MILLIS = 7000;

  /** Changes that are told again when a teller is gone; beyond, the count has to do. */
  private static final int MAX_REMEMBERED = 10_000;

  /** Where it lives. */
  interface Host {
    long now();

    void later(long millis, Runnable task);

    /** Sends a complete frame to those who follow the presence of {@code channel}. */
    void tell(String channel, byte[] frame);
  }

  /** Somebody came to a channel or left it. */
  private record Change(String channel, String user, long at) {}

  /** What the next frame of a channel will say; the last word on a user counts. */
  private static final class Gathered {
    final Set<String> joined = new LinkedHashSet<>();
    final Set<String> left = new LinkedHashSet<>();

    /** There are more names than the frame has room for. */
    boolean more;

    void add(String user, boolean here) {
      (here ? left : joined).remove(user);
      Set<String> those = here ? joined : left;
      if (those.size() < MAX_NAMES) {
        those.add(user);
      } else {
        more |= !those.contains(user);
      }
    }
  }

  private final Directory directory;
  private final Tellers tellers;
  private final Host host;

  /** By channel, until the next frame. */
  private final Map<String, Gathered> gathered = new HashMap<>();

  /** The latest changes of followed channels, oldest first; no more than MAX_REMEMBERED. */
  private final Deque<Change> remembered = new ArrayDeque<>();

  /** When a change was last forgotten before its time. */
  private long forgotAt = Long.MIN_VALUE / 2;

  PresenceChanges(Directory directory, Tellers tellers, Host host) {
    this.directory = directory;
    this.tellers = tellers;
    this.host = host;
  }

  @Override
  public void joined(String channel, String user) {
    changed(channel, user, true);
  }

  @Override
  public void left(String channel, String user) {
    changed(channel, user, false);
  }

  private void changed(String channel, String user, boolean here) {
    if (directory.followersOf(Topics.presence(channel)).isEmpty()) {
      return;
    }
    remember(new Change(channel, user, host.now()));
    if (tellers.isMine(channel)) {
      gather(channel).add(user, here);
    }
  }

  private void remember(Change change) {
    while (!remembered.isEmpty() && remembered.peek().at() < change.at() - REMEMBER_MILLIS) {
      remembered.remove();
    }
    if (remembered.size() == MAX_REMEMBERED) {
      remembered.remove();
      forgotAt = change.at();
    }
    remembered.add(change);
  }

  /**
   * Somebody has come or gone among those who tell: what changed of late in channels that are ours
   * now, and were not, is told again.
   *
   * @param members the session services that are in the cluster
   */
  void lookAtTellers(Set<String> members) {
    Set<String> ours = new HashSet<>();
    remembered.stream().map(Change::channel).filter(tellers::isMine).forEach(ours::add);
    if (!tellers.changed(members, host.now())) {
      return;
    }
    long since = host.now() - REMEMBER_MILLIS;
    for (Change change : remembered) {
      String channel = change.channel();
      if (change.at() >= since && !ours.contains(channel) && tellers.isMine(channel)) {
        Gathered news = gather(channel);
        news.add(change.user(), directory.isIn(channel, change.user()));
        news.more |= forgotAt >= since;
      }
    }
  }

  private Gathered gather(String channel) {
    return gathered.computeIfAbsent(
        channel,
        name -> {
          host.later(GATHER_MILLIS, () -> tell(name));
          return new Gathered();
        });
  }

  private void tell(String channel) {
    Gathered news = gathered.remove(channel);
    host.tell(channel, frame(channel, news, directory.countIn(channel)));
  }

  private static byte[] frame(String channel, Gathered news, int count) {
    FrameWriter frame =
        FrameWriter.frame("presence_change")
            .string("channel", channel)
            .strings("joined", List.copyOf(news.joined))
            .strings("left", List.copyOf(news.left));
    return (news.more ? frame.bool("more", true).number("count", count) : frame).end();
  }
}
