package io.trunkline.gateway;

import io.trunkline.protocol.BusMessage.Delivery;
import io.trunkline.protocol.BusMessage.LogPage;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * One topic as one event loop sees it: its followers here, and the offset up to which those who are
 * live have everything. What comes over the bus may come twice, out of order or not at all; what
 * leaves here comes once, in order, without a hole.
 *
 * <pre>
 *   a frame's offset     what happens
 *   at most last         dropped: everybody live has it
 *   last + 1             to every live follower; last moves
 *   beyond               waits; after HOLE_GRACE the log is asked for what is missing
 *   any, nobody is live  waits for the first who will be
 * </pre>
 *
 * Confined to its event loop.
 */
final class TopicLine {
  /**
   * Two session services may publish neighbours out of order; the missing frame is mostly on its
   * way.
   */
  static final long HOLE_GRACE_MILLIS = 20;

  /** The log can't be read now: again after this, doubled up to the longest. */
  private static final long RETRY_MILLIS = 200;

  private static final long LONGEST_RETRY_MILLIS = 2000;

  /**
   * Frames that wait behind a hole, and frames kept for those who are catching up; beyond, the
   * oldest are dropped and come from the log.
   */
  private static final int MAX_KEPT = 256;

  /** What a line asks of the event loop that it lives on. */
  interface Host {
    void later(long millis, Runnable task);

    /** A page of the log. */
    Future<LogPage> read(String topic, long after);

    /** One for any number of connections; the caller releases it. */
    TextFrame textFrame(byte[] payload);

    void moveCursor(String session, long offset);

    /** The session's client moves the cursor itself, for good. */
    void confirmCursor(String session);

    /** Of the event loop. */
    Counts counts();

    /** {@link Follower#tellCursor} is to be called soon, until it returns true. */
    void cursorDue(Follower follower);
  }

  /**
   * What the line had been told when the log was asked.
   *
   * @param tellings how often it had been told anything
   */
  record Told(long seen, long tellings) {}

  private final String topic;
  private final Host host;
  private final List<Follower> followers = new ArrayList<>(1);
  private int liveFollowers;

  /** Frames beyond {@link #last}, by offset; there is a hole before the first. */
  private final TreeMap<Long, Delivery> early = new TreeMap<>();

  /**
   * What was delivered lately, up to {@link #last} without a hole, so that who catches up on a busy
   * topic can take the last step from here. Empty while nobody is catching up.
   */
  private final ArrayDeque<Delivery> recent = new ArrayDeque<>(0);

  /** Every live follower has everything up to here; -1 while nobody is live. */
  private long last = -1;

  /** The furthest offset that anybody has told of. */
  private long seen;

  private long tellings;

  /** The log is being asked, or is about to be, for a hole. */
  private boolean filling;

  /** What is offered now comes out of the log, and not over the bus. */
  private boolean offeringLog;

  private long retryMillis = RETRY_MILLIS;

  TopicLine(String topic, Host host) {
    this.topic = topic;
    this.host = host;
  }

  String topic() {
    return topic;
  }

  Host host() {
    return host;
  }

  boolean isEmpty() {
    return followers.isEmpty();
  }

  /** Adds one who has everything up to {@code after}; it does nothing before {@code resume}. */
  Follower add(Follower.Outlet outlet, long after, boolean movesCursor) {
    Follower follower = new Follower(this, outlet, after, movesCursor);
    followers.add(follower);
    return follower;
  }

  /** Adds one who gets only what is in no log, once it {@link Follower#begin begins}. */
  Follower addUnlogged(Follower.Outlet outlet, int keep) {
    Follower follower = Follower.unlogged(this, outlet, keep);
    followers.add(follower);
    return follower;
  }

  /** Whether a follower goes by the log. */
  boolean isLogged() {
    return followers.stream().anyMatch(Follower::isLogged);
  }

  void remove(Follower follower) {
    if (followers.remove(follower) && follower.isLive()) {
      liveFollowers--;
      last = liveFollowers == 0 ? -1 : last;
    }
    follower.leave();
    forgetRecent();
  }

  /** A frame from the bus or from the log. */
  void offer(Delivery delivery) {
    long offset = delivery.offset();
    if (offset == 0) {
      writeToAll(delivery);
      return;
    }
    tell(offset);
    if (offset <= last) {
      if (!offeringLog) {
        host.counts().repeatsDropped.increment();
      }
      return;
    }
    if (last >= 0 && offset == last + 1) {
      deliver(delivery);
      deliverEarly();
    } else {
      early.put(offset, delivery);
      if (early.size() > MAX_KEPT) {
        early.pollFirstEntry();
      }
    }
    fillHole();
  }

  /** The sweep says how far the log reaches. */
  void head(long offset) {
    tell(offset);
    fillHole();
  }

  private void tell(long offset) {
    tellings++;
    seen = Math.max(seen, offset);
  }

  private void deliverEarly() {
    while (!early.isEmpty() && early.firstKey() <= last + 1) {
      Delivery next = early.pollFirstEntry().getValue();
      if (next.offset() == last + 1) {
        deliver(next);
      }
    }
  }

  private void deliver(Delivery delivery) {
    last = delivery.offset();
    (offeringLog ? host.counts().fromLog : host.counts().fromBus).add(liveFollowers);
    TextFrame frame = host.textFrame(delivery.frame());
    for (int i = 0; i < followers.size(); i++) {
      if (followers.get(i).isLive()) {
        followers.get(i).write(frame, last);
      }
    }
    frame.release();
    if (liveFollowers < followers.size()) {
      recent.add(delivery);
      if (recent.size() > MAX_KEPT) {
        recent.poll();
      }
    }
  }

  private void writeToAll(Delivery delivery) {
    host.counts().fromBus.add(followers.size());
    TextFrame frame = host.textFrame(delivery.frame());
    for (int i = 0; i < followers.size(); i++) {
      followers.get(i).writeUnlogged(frame);
    }
    frame.release();
  }

  // Followers that have caught up with the log

  /**
   * {@code follower} has everything that the log had when {@code page} was read. It goes live where
   * it has, or can be given, what those have who are live; where it has more, it waits until they
   * have it too.
   */
  void join(Follower follower, LogPage page) {
    if (last < 0) {
      last = follower.position();
    } else {
      offerFromLog(page);
    }
    giveRecent(follower);
    if (follower.position() == last) {
      follower.goLive();
      liveFollowers++;
      forgetRecent();
      deliverEarly();
      fillHole();
    } else if (follower.position() < last) {
      follower.resume();
    } else {
      seen = Math.max(seen, follower.position());
      fillHole();
      follower.resumeAfter(HOLE_GRACE_MILLIS);
    }
  }

  private void giveRecent(Follower follower) {
    if (!recent.isEmpty() && recent.peek().offset() <= follower.position() + 1) {
      for (Delivery entry : recent) {
        if (!follower.catchUp(entry)) {
          return;
        }
      }
    }
  }

  private void forgetRecent() {
    if (last < 0 || liveFollowers == followers.size()) {
      recent.clear();
    }
  }

  // Holes

  private void fillHole() {
    if (last >= 0 && seen > last && !filling) {
      filling = true;
      host.later(HOLE_GRACE_MILLIS, this::askForHole);
    }
  }

  private void askForHole() {
    if (last < 0 || seen <= last) {
      filling = false;
      return;
    }
    long from = last;
    Told before = told();
    host.read(topic, from)
        .onComplete(
            page -> holeRead(page, from, before), e -> host.later(nextRetry(), this::askForHole));
  }

  private void holeRead(LogPage page, long from, Told before) {
    filling = false;
    believe(page, before);
    skipWhatIsGone(page, from);
    long lastBefore = last;
    offerFromLog(page);
    if (last > lastBefore) {
      host.counts().holesFilled.increment();
    }
    fillHole();
  }

  private void offerFromLog(LogPage page) {
    offeringLog = true;
    for (Delivery entry : page.entries()) {
      offer(entry);
    }
    offeringLog = false;
  }

  Told told() {
    return new Told(seen, tellings);
  }

  /**
   * The log is the truth: an offset that we were told of before it was read, and that it doesn't
   * have, isn't there. Whatever else was told meanwhile, the next page will say.
   */
  void believe(LogPage page, Told before) {
    retryMillis = RETRY_MILLIS;
    if (page.head() >= seen) {
      seen = page.head();
    } else if (seen == before.seen) {
      early.tailMap(page.head(), false).clear();
      seen = Math.max(page.head(), last) + (tellings == before.tellings ? 0 : 1);
    }
  }

  /** Retention has dropped what comes right after {@link #last}: the log begins later. */
  private void skipWhatIsGone(LogPage page, long from) {
    long first = page.entries().isEmpty() ? page.head() + 1 : page.entries().get(0).offset();
    if (last >= from && last < first - 1) {
      last = first - 1;
      recent.clear();
    }
  }

  /** Milliseconds until a read that failed is tried again. */
  long nextRetry() {
    long pause = retryMillis;
    retryMillis = Math.min(LONGEST_RETRY_MILLIS, retryMillis * 2);
    return pause;
  }
}
