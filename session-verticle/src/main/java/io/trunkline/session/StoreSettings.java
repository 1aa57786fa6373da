package io.trunkline.session;

/**
 * Where the store is and how long it keeps things.
 *
 * @param databaseUrl {@code postgresql://user:password@host:port/database}; a secret, never printed
 * @param poolSize connections of one {@link Database}
 * @param sessionTtlSeconds how long a session lives when nobody says otherwise
 * @param retentionHours how long messages are kept, and repeats of their ids recognised
 */
record StoreSettings(String databaseUrl, int poolSize, long sessionTtlSeconds, int retentionHours) {

  StoreSettings {
    DatabaseUrl.parse(databaseUrl);
    atLeast("poolSize", poolSize, 1);
    atLeast("sessionTtlSeconds", sessionTtlSeconds, 1);
    atLeast("retentionHours", retentionHours, 1);
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
        + sessionTtlSeconds
        + ", retentionHours="
        + retentionHours
        + "]";
  }
}
