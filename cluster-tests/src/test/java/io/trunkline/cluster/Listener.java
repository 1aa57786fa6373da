package io.trunkline.cluster;

import io.vertx.core.json.JsonObject;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentSkipListMap;

/** Reads its inbox, and goes on after the last offset that it has wherever it connects next. */
final class Listener extends Roamer.Loop {
  private final SortedMap<Long, Integer> seen = new ConcurrentSkipListMap<>();
  private long last;

  Listener(Roamer roamer) {
    super(roamer);
  }

  /** Offset to message; any thread. */
  SortedMap<Long, Integer> seen() {
    return seen;
  }

  @Override
  void once(Roamer roamer) {
    JsonObject frame = roamer.client(last).nextOrNull(Client.ANSWER);
    if (frame == null) {
      return;
    }
    long offset = frame.getLong("offset");
    if (offset != last + 1) {
      throw new AssertionError("after offset " + last + " came " + frame.encode());
    }
    last = offset;
    seen.put(offset, frame.getInteger("message"));
  }

  @Override
  void interruptReading() {
    roamer().close();
  }
}
