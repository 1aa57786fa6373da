package io.trunkline.protocol;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** Times on the wire: UTC, milliseconds, {@code 2026-11-20T18:00:00.000Z}. */
public final class Times {
  private static final DateTimeFormatter SECONDS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss").withZone(ZoneOffset.UTC);

  /**
   * The second that was formatted last and its text; replaced as a whole, so any thread may read
   * it.
   */
  private static volatile Second last = new Second(Long.MIN_VALUE, "");

  private record Second(long epoch, String text) {}

  private Times() {}

  public static String iso(long epochMillis) {
    long epoch = Math.floorDiv(epochMillis, 1000L);
    Second second = last;
    if (second.epoch != epoch) {
      second = new Second(epoch, SECONDS.format(Instant.ofEpochSecond(epoch)));
      last = second;
    }
    int millis = (int) Math.floorMod(epochMillis, 1000L);
    return second.text
        + '.'
        + (char) ('0' + millis / 100)
        + (char) ('0' + millis / 10 % 10)
        + (char) ('0' + millis % 10)
        + 'Z';
  }
}
