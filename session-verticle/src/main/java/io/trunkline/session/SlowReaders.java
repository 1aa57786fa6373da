package io.trunkline.session;

import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What becomes of a reader who takes the messages of an ephemeral channel too slowly. */
public enum SlowReaders {
  /** It is closed with 4202, as for everything else that it can't take. */
  CLOSE("close", 0),

  /** It misses the oldest of those that wait for it. */
  DROP_OLDEST("drop-oldest", SlowReaders.SOME),

  /** It misses all but the newest: right where each message replaces the one before. */
  LATEST_ONLY("latest-only", 1);

  /** A second or so of a busy channel, and at 100 channels not much for one connection. */
  private static final int SOME = 64;

  private final String settingName;
  private final int keep;

  SlowReaders(String settingName, int keep) {
    this.settingName = settingName;
    this.keep = keep;
  }

  /** Messages that may wait for one reader; 0: as many as its connection may have unsent. */
  public int keep() {
    return keep;
  }

  /**
   * As the setting has it.
   *
   * @throws IllegalArgumentException naming what was expected
   */
  static SlowReaders of(String settingName) {
    return Stream.of(values())
        .filter(policy -> policy.settingName.equals(settingName))
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException("slow=" + names() + ", not slow=" + settingName));
  }

  private static String names() {
    return Stream.of(values()).map(policy -> policy.settingName).collect(Collectors.joining("|"));
  }
}
