package io.trunkline.cli;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What a client does when its connection has ended, docs/protocol.md, "Closing".
 *
 * @param goesOn whether to connect again
 * @param after how long to wait first; null: as long as the back-off says
 */
record Ending(boolean goesOn, Duration after) {
  private static final long FIRST_MILLIS = 500;
  private static final long MOST_MILLIS = 20_000;

  static Ending of(int code, String reason) {
    if (code >= 4200 && code < 4300) {
      return new Ending(true, Duration.ZERO);
    }
    if (code == 4101) {
      return new Ending(true, retryAfter(reason));
    }
    boolean final_ = (code >= 4000 && code < 4100) || code == 1003 || code == 1007 || code == 1009;
    return new Ending(!final_, null);
  }

  /** Full jitter: any time up to twice as much with each try in vain. */
  static Duration backOff(int tries) {
    long most = Math.min(MOST_MILLIS, FIRST_MILLIS << Math.min(tries, 10));
    return Duration.ofMillis(ThreadLocalRandom.current().nextLong(most + 1));
  }

  /** Null where it says nothing. */
  private static Duration retryAfter(String reason) {
    try {
      long millis = new JsonObject(reason).getLong("retry_after_ms");
      return Duration.ofMillis(Math.max(0, Math.min(millis, MOST_MILLIS)));
    } catch (RuntimeException e) {
      return null;
    }
  }
}
