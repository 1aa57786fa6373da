package io.trunkline.session;

import java.util.concurrent.atomic.LongAdder;

/** What a session service counts, over all its event loops. */
final class Counters {
  private final LongAdder delivered = new LongAdder();
  private final LongAdder lost = new LongAdder();
  private final LongAdder shed = new LongAdder();

  /** Frames that a gateway has confirmed. */
  void delivered(int frames) {
    delivered.add(frames);
  }

  /** Frames that no gateway has confirmed; the log has them. */
  void lost(int frames) {
    lost.add(frames);
  }

  /** A frame that was not sent, as its gateway is too far behind; the log has it. */
  void shed() {
    shed.increment();
  }

  long deliveredSum() {
    return delivered.sum();
  }

  long lostSum() {
    return lost.sum();
  }

  long shedSum() {
    return shed.sum();
  }
}
