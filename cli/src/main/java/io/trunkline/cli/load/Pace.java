package io.trunkline.cli.load;

/**
 * An open loop: calls for each number of a lane's share when it is due, however the server keeps
 * up. Numbers are spread evenly over ticks, and those of one tick are due together at its
 * beginning: so a lane wakes up once a tick, not once a number, and no time has the wait for a tick
 * in it. What is late is made up for at once, and its due time stays as it was, so that a server's
 * pause is seen by everything that should have been sent meanwhile. On its lane.
 */
final class Pace {
  /** What is due, and when. */
  interface Shot {
    /**
     * It is time.
     *
     * @param number among all lanes'
     * @param due {@link System#nanoTime} of when it should have been
     */
    void fire(int number, long due);
  }

  /** Timers cost; what is due within this time waits for the next one. */
  private static final long NAP_NANOS = 50_000;

  /** Then what has come is read. */
  private static final int MOST_AT_ONCE = 500;

  private final Lane lane;
  private final Shot shot;
  private final long begin;
  private final double nanosEach;
  private final long tickNanos;
  private final int step;
  private final Runnable done;
  private int number;

  /** Any thread may bring it forward. */
  private volatile long end;

  /**
   * Sets it up; {@link #start} begins.
   *
   * @param rate calls a second of all lanes together
   * @param tickNanos of which numbers are due together; 0: each by itself
   * @param begin when number 0 is due
   * @param end when no more are
   * @param lanes how many share the numbers; this is the one with {@code first}
   * @param done called once, after the last
   */
  Pace(
      Lane lane,
      Shot shot,
      double rate,
      long tickNanos,
      long begin,
      long end,
      int first,
      int lanes,
      Runnable done) {
    this.lane = lane;
    this.shot = shot;
    this.begin = begin;
    this.end = end;
    this.nanosEach = 1e9 / rate;
    this.tickNanos = Math.max(1, tickNanos);
    this.number = first;
    this.step = lanes;
    this.done = done;
  }

  void start() {
    lane.loop.execute(this::tick);
  }

  /** Nothing more is due from {@code time} on; any thread. */
  void endAt(long time) {
    end = time;
  }

  private long due() {
    return begin + due(number, nanosEach, tickNanos);
  }

  /** When {@code number} is due, in nanoseconds from number 0. */
  static long due(int number, double nanosEach, long tickNanos) {
    long even = (long) (number * nanosEach);
    return even - even % tickNanos;
  }

  private void tick() {
    long now = System.nanoTime();
    int fired = 0;
    long due = due();
    for (; due - now <= 0 && due - end < 0 && fired < MOST_AT_ONCE; fired++, due = due()) {
      lane.latencies.late(due, now - due);
      shot.fire(number, due);
      number += step;
    }
    lane.flush();
    if (due - end >= 0) {
      done.run();
    } else if (fired == MOST_AT_ONCE) {
      lane.loop.execute(this::tick);
    } else {
      lane.after(Math.max(NAP_NANOS, due - System.nanoTime()), this::tick);
    }
  }
}
