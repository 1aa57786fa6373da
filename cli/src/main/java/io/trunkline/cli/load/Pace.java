package io.trunkline.cli.load;

/**
 * An open loop: calls for each number of a lane's share when it is due, evenly spread, however the
 * server keeps up. What is late is made up for at once, and its due time stays as it was, so that a
 * server's pause is seen by everything that should have been sent meanwhile. On its lane.
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
  private final long end;
  private final double nanosEach;
  private final int step;
  private final Runnable done;
  private int number;

  /**
   * Sets it up; {@link #start} begins.
   *
   * @param rate calls a second of all lanes together
   * @param begin when number 0 is due
   * @param end when no more are
   * @param lanes how many share the numbers; this is the one with {@code first}
   * @param done called once, after the last
   */
  Pace(
      Lane lane,
      Shot shot,
      double rate,
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
    this.number = first;
    this.step = lanes;
    this.done = done;
  }

  void start() {
    lane.loop.execute(this::tick);
  }

  private long due() {
    return begin + (long) (number * nanosEach);
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
