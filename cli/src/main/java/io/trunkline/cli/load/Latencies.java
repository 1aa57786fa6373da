package io.trunkline.cli.load;

import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.SingleWriterRecorder;

/**
 * What a lane times: from when a message was due until it came, and until its ack; and how late the
 * generator itself was. Only what was due within the measured window counts. Written on the lane,
 * read by one other thread.
 */
final class Latencies {
  private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(600);
  private static final int DIGITS = 3;

  private final SingleWriterRecorder arrivals = new SingleWriterRecorder(MOST_NANOS, DIGITS);
  private final SingleWriterRecorder acks = new SingleWriterRecorder(MOST_NANOS, DIGITS);
  private final SingleWriterRecorder lags = new SingleWriterRecorder(MOST_NANOS, DIGITS);
  private volatile long from = Long.MAX_VALUE;
  private volatile long until = Long.MIN_VALUE;

  /** Times of what is due from {@code begin} on and before {@code end} count. */
  void window(long begin, long end) {
    from = begin;
    until = end;
  }

  void arrived(long due) {
    record(arrivals, due, System.nanoTime() - due);
  }

  void acked(long due) {
    record(acks, due, System.nanoTime() - due);
  }

  /** Something that was due then is sent {@code nanos} later. */
  void late(long due, long nanos) {
    record(lags, due, nanos);
  }

  private void record(SingleWriterRecorder recorder, long due, long nanos) {
    if (due >= from && due < until) {
      recorder.recordValue(Math.min(MOST_NANOS, Math.max(0, nanos)));
    }
  }

  /** Moves what has been recorded since the last call. */
  void drainTo(Histogram arrivalsTo, Histogram acksTo, Histogram lagsTo) {
    arrivalsTo.add(arrivals.getIntervalHistogram());
    acksTo.add(acks.getIntervalHistogram());
    lagsTo.add(lags.getIntervalHistogram());
  }

  static Histogram histogram() {
    return new Histogram(MOST_NANOS, DIGITS);
  }
}
