package io.trunkline.gateway;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.trunkline.protocol.ErrorCode;
import io.trunkline.protocol.JsonFrame;
import io.trunkline.protocol.Refusal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Requests by type and result, and how long their answers took. The gateway has no list of types: a
 * type has a name here from the first answer that a handler gave to it, and so no client can make
 * one up. Confined to its event loop.
 */
final class RequestMeters {
  /** Of a request that no handler has answered: its type may be anything. */
  private static final String UNKNOWN = "unknown";

  /** Ours and many from other jars; whoever has more finds the rest under one name. */
  private static final int MOST_TYPES = 64;

  private static final String OTHER = "other";
  private static final String OK = "ok";

  /** From a look-up that is not busy to the end of our patience, which is 4.5 s. */
  static final List<Duration> BUCKETS =
      Stream.of(1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000)
          .map(Duration::ofMillis)
          .toList();

  /** The meter with those buckets, one for each type. */
  static final String SECONDS = "trunkline.request";

  private static final byte[] ERROR_BEGINNING =
      "{\"type\":\"error\"".getBytes(StandardCharsets.US_ASCII);

  private static final Map<String, String> RESULTS =
      Stream.of(ErrorCode.values())
          .collect(Collectors.toUnmodifiableMap(ErrorCode::wireName, ErrorCode::wireName));

  private final MeterRegistry registry;
  private final Map<String, OfType> types = new HashMap<>();

  /** The meters of one type, found without an allocation. */
  final class OfType {
    private final String type;
    private final Timer seconds;
    private final Map<String, Counter> results = new HashMap<>();

    OfType(String type) {
      this.type = type;
      seconds =
          Timer.builder(SECONDS)
              .description("From a request's turn to its answer")
              .tag("type", type)
              .serviceLevelObjectives(BUCKETS.toArray(Duration[]::new))
              .register(registry);
    }

    void count(String result) {
      results.computeIfAbsent(result, this::counter).increment();
    }

    private Counter counter(String result) {
      return Counter.builder("trunkline.requests")
          .description("Requests of clients that have had their answer")
          .tags("type", type, "result", result)
          .register(registry);
    }
  }

  RequestMeters(MeterRegistry registry) {
    this.registry = registry;
    types.put(UNKNOWN, new OfType(UNKNOWN));
  }

  /**
   * A handler has answered.
   *
   * @param frame what the client gets, or null
   */
  void answered(String type, byte[] frame, long nanos) {
    OfType meters = known(type);
    meters.count(isError(frame) ? codeOf(frame) : OK);
    meters.seconds.record(nanos, TimeUnit.NANOSECONDS);
  }

  /** The type has a handler, and so a name here. */
  OfType known(String type) {
    OfType meters = types.get(type);
    return meters == null
        ? types.computeIfAbsent(types.size() < MOST_TYPES ? type : OTHER, OfType::new)
        : meters;
  }

  /** The request of this type was refused on the gateway, after so long. */
  void refused(String type, Throwable failure, long nanos) {
    OfType meters = types.getOrDefault(type, types.get(UNKNOWN));
    meters.count(codeOf(failure));
    meters.seconds.record(nanos, TimeUnit.NANOSECONDS);
  }

  /** As above, of a type that has a handler, which was not asked. */
  void refusedAtOnce(String type, ErrorCode code) {
    known(type).count(code.wireName());
  }

  /** Refused before it was asked of anybody. */
  void refusedAtOnce(ErrorCode code) {
    types.get(UNKNOWN).count(code.wireName());
  }

  private static boolean isError(byte[] frame) {
    int length = ERROR_BEGINNING.length;
    return frame != null
        && frame.length >= length
        && Arrays.equals(frame, 0, length, ERROR_BEGINNING, 0, length);
  }

  /** A handler from another jar may have codes of its own. */
  private static String codeOf(byte[] frame) {
    try {
      return RESULTS.getOrDefault(JsonFrame.parse(frame).string("code"), OTHER);
    } catch (Refusal unreadable) {
      return OTHER;
    }
  }

  private static String codeOf(Throwable failure) {
    ErrorCode code = failure instanceof Refusal refusal ? refusal.code() : ErrorCode.UNAVAILABLE;
    return code.wireName();
  }
}
