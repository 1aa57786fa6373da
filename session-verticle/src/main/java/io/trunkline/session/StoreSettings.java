package io.trunkline.session;

/**
 * Where the store is and how long it keeps things.
 *
 * @param databaseUrl {@code postgresql://user:password@host:port/database}; a secret, never printed
 * @param poolSize connections of one {@link Database}
 * @param sessions how sessions live
 * @param retentionHours how long messages are kept, and repeats of their ids recognised
 * @param channels of which some are kept for longer, or for less long
 */
record StoreSettings(
    String databaseUrl,
    int poolSize,
    SessionRules sessions,
    int retentionHours,
    ChannelRules channels) {

  StoreSettings {
    DatabaseUrl.parse(databaseUrl);
    atLeast("poolSize", poolSize, 1);
    atLeast("retentionHours", retentionHours, 1);
  }

  StoreSettings(String databaseUrl, int poolSize, long sessionTtlSeconds, int retentionHours) {
    this(
        databaseUrl,
        poolSize,
        SessionRules.of(sessionTtlSeconds),
        retentionHours,
        ChannelRules.DEFAULT);
  }

  private static void atLeast(String name, long value, long least) {
    if (value < least) {
      throw new IllegalArgumentException(name + ": expected at least " + least + ", got " + value);
    }
  }

  @Override
  public String toString() {
    return "StoreSettings[poolSize="
        + poolSize
        + ", sessionTtlSeconds="
        + sessions.ttlSeconds()
        + ", retentionHours="
        + retentionHours
        + "]";
  }
}
