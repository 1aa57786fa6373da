package io.trunkline.gateway;

import io.trunkline.node.Count;
import io.trunkline.protocol.CloseCode;
import java.util.HashMap;
import java.util.Map;

/**
 * What one event loop of the gateway counts. Moved by that loop alone; read by any thread, see
 * {@link GatewayMeters}.
 */
final class Counts {
  /** Codes of {@link #closes} beside our own: no code in the Close frame, no Close frame at all. */
  static final int[] CODES_OF_NOBODY = {WebSocketReader.NO_STATUS, Socket.ABNORMAL};

  final Count framesIn = new Count();
  final Count framesOut = new Count();
  final Count bytesIn = new Count();
  final Count bytesOut = new Count();

  /** Frames written to followers as they came over the bus. */
  final Count fromBus = new Count();

  /** Frames written to followers out of the log. */
  final Count fromLog = new Count();

  /** Broadcasts written to connections. */
  final Count broadcasts = new Count();

  /** Messages of connections here that went on their way without a session service. */
  final Count relayedAtOnce = new Count();

  /** The same, after asking one who follows the topic. */
  final Count relayedAsked = new Count();

  final Count holesFilled = new Count();

  /** Frames that came again, or late, and were dropped. */
  final Count repeatsDropped = new Count();

  /** At the last look, see {@link Instance}. */
  final Count unsentBytes = new Count();

  final Count slowReaders = new Count();

  /** Codes that a client chose freely. */
  final Count otherCloses = new Count();

  /** By code; nobody changes the map. */
  private final Map<Integer, Count> closes = new HashMap<>();

  Counts() {
    for (CloseCode code : CloseCode.values()) {
      closes.put(code.code(), new Count());
    }
    for (int code : CODES_OF_NOBODY) {
      closes.put(code, new Count());
    }
  }

  /** A connection has ended with this code, ours or the client's. */
  void closed(int code) {
    closes.getOrDefault(code, otherCloses).increment();
  }

  /** The codes that are counted apart. */
  Map<Integer, Count> closes() {
    return closes;
  }
}
