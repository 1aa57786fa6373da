package io.trunkline.gateway;

import java.util.ArrayDeque;

/**
 * The newest messages of a topic without a log, which wait for a reader that is too slow for them.
 * Older ones are dropped. Confined to its event loop.
 */
final class Backlog {
  /** Whatever the count: with many channels on a connection this is what bounds its memory. */
  private static final int MAX_BYTES = 64 * 1024;

  private final int keep;
  private final ArrayDeque<byte[]> payloads = new ArrayDeque<>(0);
  private int bytes;

  /**
   * An empty one.
   *
   * @param keep messages, at least one
   */
  Backlog(int keep) {
    this.keep = keep;
  }

  boolean isEmpty() {
    return payloads.isEmpty();
  }

  /** The newest is kept, however large. */
  void add(byte[] payload) {
    payloads.add(payload);
    bytes += payload.length;
    while (payloads.size() > keep || (bytes > MAX_BYTES && payloads.size() > 1)) {
      poll();
    }
  }

  /** The oldest, or null. */
  byte[] poll() {
    byte[] payload = payloads.poll();
    bytes -= payload == null ? 0 : payload.length;
    return payload;
  }
}
