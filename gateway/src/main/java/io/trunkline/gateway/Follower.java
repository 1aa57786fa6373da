package io.trunkline.gateway;

import io.trunkline.protocol.BusMessage.Delivery;
import io.trunkline.protocol.BusMessage.LogPage;

/**
 * One connection that follows a {@link TopicLine}.
 *
 * <pre>
 *   CATCHING UP   reads the log from its own position, page by page, at its reader's pace
 *   LIVE          gets what the line delivers; its position is the line's
 *   WAITING       of a topic without a log, which the session services may not know we follow yet
 *   UNLOGGED      gets what is in no log, and nothing else
 *   GONE          gets nothing any more
 * </pre>
 *
 * Confined to its event loop.
 */
final class Follower {
  /** Where a follower's frames go. */
  interface Outlet {
    boolean isOpen();

    /** Whether a page more should be written now. */
    boolean isWritable();

    /** Whether a frame of so many bytes can be written now without the reader being too slow. */
    boolean hasRoomFor(int bytes);

    /** The frame stays the caller's. */
    void write(TextFrame frame);

    /** Whether everything that was written has left this process. */
    boolean isDrained();

    /** Null before there is a session. */
    String session();
  }

  /** A large frame waits for room this long before it is tried again. */
  private static final long ROOM_MILLIS = 50;

  private enum State {
    CATCHING_UP,
    LIVE,
    WAITING,
    UNLOGGED,
    GONE
  }

  private final TopicLine line;
  private final Outlet outlet;
  private State state = State.CATCHING_UP;

  /** Nothing is written before: the client does not know yet that it follows the topic. */
  private boolean begun;

  /** Written to the outlet, or the client's already when it came. */
  private long position;

  /** The session's cursor moves with {@link #position}; ends when the client moves it itself. */
  private boolean movesCursor;

  /** {@link #position} has moved since the cursor was told. */
  private boolean cursorDue;

  /** Null where nothing may be dropped. */
  private Backlog backlog;

  /** A page is on its way, or is about to be asked for. */
  private boolean reading;

  Follower(TopicLine line, Outlet outlet, long after, boolean movesCursor) {
    this.line = line;
    this.outlet = outlet;
    this.position = after;
    this.movesCursor = movesCursor;
  }

  /**
   * One of a topic without a log.
   *
   * @param keep see {@link io.trunkline.protocol.Directive.Follow}
   */
  static Follower unlogged(TopicLine line, Outlet outlet, int keep) {
    Follower follower = new Follower(line, outlet, 0, false);
    follower.state = State.WAITING;
    follower.backlog = keep == 0 ? null : new Backlog(keep);
    return follower;
  }

  /** The client knows that it follows the topic: messages may come from now on. */
  void begin() {
    begun = true;
    if (state == State.WAITING) {
      state = State.UNLOGGED;
    }
    resume();
  }

  boolean isLogged() {
    return state == State.CATCHING_UP || state == State.LIVE;
  }

  TopicLine line() {
    return line;
  }

  long position() {
    return position;
  }

  boolean isLive() {
    return state == State.LIVE;
  }

  void goLive() {
    state = State.LIVE;
  }

  void leave() {
    tellCursor();
    state = State.GONE;
    backlog = null;
  }

  /** Goes on catching up, where it does that and there is room to write. */
  void resume() {
    writeBacklog();
    if (state == State.CATCHING_UP && begun && !reading && outlet.isWritable()) {
      reading = true;
      TopicLine.Told before = line.told();
      line.host()
          .read(line.topic(), position)
          .onComplete(page -> pageRead(page, before), e -> resumeAfter(line.nextRetry()));
    }
  }

  void resumeAfter(long millis) {
    reading = true;
    line.host()
        .later(
            millis,
            () -> {
              reading = false;
              resume();
            });
  }

  private void pageRead(LogPage page, TopicLine.Told before) {
    reading = false;
    line.believe(page, before);
    if (state != State.CATCHING_UP) {
      return;
    }
    for (Delivery entry : page.entries()) {
      if (!catchUp(entry)) {
        waitForRoom();
        return;
      }
    }
    if (page.entries().isEmpty()) {
      position = page.head(); // nothing more is kept, or the client was ahead of the log
    }
    if (position < page.head()) {
      resume();
    } else {
      line.join(this, page);
    }
  }

  /** Above the mark, the outlet says when it is below; a large frame needs more than that. */
  private void waitForRoom() {
    if (outlet.isWritable()) {
      resumeAfter(ROOM_MILLIS);
    }
  }

  /** Takes the next entry of the log, or one that it has already; false where it has no room. */
  boolean catchUp(Delivery entry) {
    if (entry.offset() <= position) {
      return true;
    }
    if (!outlet.hasRoomFor(entry.frame().length)) {
      return false;
    }
    line.host().counts().fromLog.increment();
    TextFrame frame = line.host().textFrame(entry.frame());
    write(frame, entry.offset());
    frame.release();
    return true;
  }

  /** What comes after the close has begun, or is too much, was not written. */
  void write(TextFrame frame, long offset) {
    outlet.write(frame);
    if (!outlet.isOpen()) {
      return;
    }
    position = offset;
    if (movesCursor && !cursorDue) {
      cursorDue = true;
      line.host().cursorDue(this);
    }
  }

  /**
   * Tells how far the session has read, unless frames still wait in this process: a reader that is
   * closed for being too slow must find them again. False: to be asked again later.
   */
  boolean tellCursor() {
    if (cursorDue && movesCursor && outlet.isDrained()) {
      line.host().moveCursor(outlet.session(), position);
      cursorDue = false;
    }
    return !cursorDue || !movesCursor || state == State.GONE;
  }

  /** Writes a frame that is in no log. */
  void writeUnlogged(TextFrame frame) {
    if (state == State.WAITING || state == State.GONE) {
      return;
    }
    if (backlog == null || (backlog.isEmpty() && outlet.isWritable())) {
      outlet.write(frame);
    } else {
      backlog.add(frame.payload());
    }
  }

  /** What has waited for the reader, as far as there is room. */
  private void writeBacklog() {
    while (backlog != null && !backlog.isEmpty() && outlet.isWritable()) {
      TextFrame frame = line.host().textFrame(backlog.poll());
      outlet.write(frame);
      frame.release();
    }
  }

  /** The client says what it has; from now on only it moves the session's cursor. */
  void received(long offset) {
    if (movesCursor) {
      movesCursor = false;
      line.host().confirmCursor(outlet.session());
    }
    line.host().moveCursor(outlet.session(), Math.min(offset, position));
  }
}
