package io.trunkline.gateway;

import io.netty.buffer.ByteBuf;
import io.trunkline.protocol.BusMessage.Delivery;
import io.trunkline.protocol.BusMessage.LogPage;
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
 *
 *   a follower           CATCHING UP: reads the log from its own position, page by page, at its own pace
 *                        LIVE: position equals last
 * </pre>
 *
 * Confined to its event loop.
 */
final class TopicLine {
  /**
   * Two session services may publish neighbours out of order; the missing frame is mostly on its
   * way.
   */
  private static final long HOLE_GRACE_MILLIS = 20;

  /** The log can't be read now: again after this, doubled up to the longest. */
  private static final long RETRY_MILLIS = 200;

  private static final long LONGEST_RETRY_MILLIS = 2000;

  /** Frames that wait behind a hole; beyond, they are dropped and come from the log. */
  private static final int MAX_EARLY = 256;

  private final String topic;
  private final Hub hub;
  private final List<Follower> followers = new ArrayList<>(1);

  /** Frames beyond a hole, by offset. */
  private final TreeMap<Long, Delivery> early = new TreeMap<>();

  /** Every live follower has everything up to here; -1 while there has never been one. */
  private long last = -1;

  /** The furthest offset that anybody has told of. */
  private long seen;

  /** The log is being asked, or is about to be, for a hole. */
  private boolean filling;

  private long retryMillis = RETRY_MILLIS;

  TopicLine(String topic, Hub hub) {
    this.topic = topic;
    this.hub = hub;
  }

  String topic() {
    return topic;
  }

  boolean isEmpty() {
    return followers.isEmpty();
  }

  Follower add(Connection connection, long after, boolean movesCursor) {
    Follower follower = new Follower(connection, after, movesCursor);
    followers.add(follower);
    return follower;
  }

  void remove(Follower follower) {
    follower.gone = true;
    followers.remove(follower);
  }

  /** A frame from the bus or from the log. */
  void offer(Delivery delivery) {
    long offset = delivery.offset();
    if (offset == 0) {
      writeToAll(delivery);
      return;
    }
    seen = Math.max(seen, offset);
    if (last < 0 || offset <= last) {
      return;
    }
    if (offset == last + 1) {
      deliver(delivery);
      deliverEarly();
    } else if (early.size() < MAX_EARLY) {
      early.put(offset, delivery);
    }
    fillHole();
  }

  /** The sweep says how far the log reaches. */
  void head(long offset) {
    seen = Math.max(seen, offset);
    fillHole();
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
    ByteBuf frame = null;
    for (int i = 0; i < followers.size(); i++) {
      Follower follower = followers.get(i);
      if (follower.live) {
        frame = frame == null ? hub.textFrame(delivery.frame()) : frame;
        follower.write(frame.retainedDuplicate(), last);
      }
    }
    if (frame != null) {
      frame.release();
    }
  }

  private void writeToAll(Delivery delivery) {
    ByteBuf frame = hub.textFrame(delivery.frame());
    for (int i = 0; i < followers.size(); i++) {
      followers.get(i).connection.socket().write(frame.retainedDuplicate());
    }
    frame.release();
  }

  // Holes

  private void fillHole() {
    if (last >= 0 && seen > last && !filling) {
      filling = true;
      hub.later(HOLE_GRACE_MILLIS, this::askForHole);
    }
  }

  private void askForHole() {
    if (last < 0 || seen <= last || isEmpty()) {
      filling = false;
      return;
    }
    long toldBefore = seen;
    hub.read(topic, last)
        .onComplete(
            page -> holeRead(page, toldBefore), e -> hub.later(nextRetry(), this::askForHole));
  }

  private void holeRead(LogPage page, long toldBefore) {
    filling = false;
    retryMillis = RETRY_MILLIS;
    believe(page, toldBefore);
    skipWhatIsGone(page);
    for (Delivery entry : page.entries()) {
      offer(entry);
    }
    fillHole();
  }

  /**
   * The log is the truth: an offset that we were told of before it was read, and that it doesn't
   * have, isn't there.
   */
  private void believe(LogPage page, long toldBefore) {
    if (page.head() < toldBefore && seen == toldBefore) {
      seen = page.head();
    }
  }

  /** Retention has dropped what comes right after {@link #last}: the log begins later. */
  private void skipWhatIsGone(LogPage page) {
    long first = page.entries().isEmpty() ? page.head() + 1 : page.entries().get(0).offset();
    last = Math.max(last, first - 1);
  }

  private long nextRetry() {
    long pause = retryMillis;
    retryMillis = Math.min(LONGEST_RETRY_MILLIS, retryMillis * 2);
    return pause;
  }

  /** One connection that follows this topic. */
  final class Follower {
    private final Connection connection;

    /** Written to the connection, or the client's already when it came. */
    private long position;

    /** The session's cursor moves with {@link #position}; ends when the client moves it itself. */
    private boolean movesCursor;

    private boolean live;
    private boolean reading;
    private boolean gone;

    Follower(Connection connection, long after, boolean movesCursor) {
      this.connection = connection;
      this.position = after;
      this.movesCursor = movesCursor;
    }

    TopicLine line() {
      return TopicLine.this;
    }

    /** Goes on catching up, where it does that and there is room to write. */
    void resume() {
      if (live || reading || gone || !connection.socket().isWritable()) {
        return;
      }
      reading = true;
      long toldBefore = seen;
      hub.read(topic, position)
          .onComplete(page -> pageRead(page, toldBefore), e -> hub.later(nextRetry(), this::again));
    }

    private void again() {
      reading = false;
      resume();
    }

    private void pageRead(LogPage page, long toldBefore) {
      reading = false;
      retryMillis = RETRY_MILLIS;
      if (gone) {
        return;
      }
      believe(page, toldBefore);
      for (Delivery entry : page.entries()) {
        writePage(entry);
      }
      if (page.entries().isEmpty()) {
        position = page.head(); // nothing more is kept, or the client was ahead of the log
      }
      if (position >= Math.max(page.head(), seen)) {
        goLive(page);
      } else {
        resume();
      }
    }

    private void writePage(Delivery entry) {
      if (entry.offset() > position) {
        write(hub.textFrame(entry.frame()), entry.offset());
      }
    }

    /**
     * Has everything that is known to be in the log. Those who are live already get what this one
     * has found first.
     */
    private void goLive(LogPage page) {
      if (last < 0) {
        last = position;
      } else {
        page.entries().forEach(TopicLine.this::offer);
      }
      live = position == last;
      if (!live) { // others have a hole before this position; the log fills it, then all are at one
        // place
        seen = Math.max(seen, position);
        fillHole();
        reading = true;
        hub.later(HOLE_GRACE_MILLIS, this::again);
      }
    }

    private void write(ByteBuf frame, long offset) {
      position = offset;
      connection.socket().write(frame);
      if (movesCursor && connection.socket().isOpen()) {
        hub.cursors().move(connection.session(), offset);
      }
    }

    /** The client says what it has; from now on only it moves the session's cursor. */
    void received(long offset) {
      movesCursor = false;
      hub.cursors().move(connection.session(), Math.min(offset, position));
    }
  }
}
