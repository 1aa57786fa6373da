package io.trunkline.session;

import io.trunkline.node.BadSetting;
import io.trunkline.node.Key;
import io.trunkline.node.Settings;
import java.util.List;

/**
 * What a session service needs to know.
 *
 * @param databaseUrl {@code postgresql://user:password@host:port/database}; a secret, never printed
 * @param poolSize connections to Postgres for requests, of all event loops together; each has one
 *     at least. Two more, three at times, are for what the service does by itself
 * @param sessions how sessions live, and where they are
 * @param retentionHours how long messages are kept, and repeats of their ids recognised
 * @param channels which channels there are
 */
public record SessionServiceSettings(
    String databaseUrl,
    int poolSize,
    SessionRules sessions,
    int retentionHours,
    ChannelRules channels) {

  public SessionServiceSettings {
    new StoreSettings(databaseUrl, poolSize, sessions, retentionHours, channels);
  }

  /** With the channels that there are where nobody says otherwise. */
  public SessionServiceSettings(
      String databaseUrl, int poolSize, long sessionTtlSeconds, int retentionHours) {
    this(
        databaseUrl,
        poolSize,
        SessionRules.of(sessionTtlSeconds),
        retentionHours,
        ChannelRules.DEFAULT);
  }

  /** The same, but with these channels: one rule each, as in the setting. */
  public SessionServiceSettings withChannels(String... rules) {
    return new SessionServiceSettings(
        databaseUrl, poolSize, sessions, retentionHours, ChannelRules.parse(List.of(rules)));
  }

  /** The same, but with these rules for sessions. */
  public SessionServiceSettings withSessions(SessionRules rules) {
    return new SessionServiceSettings(databaseUrl, poolSize, rules, retentionHours, channels);
  }

  public static SessionServiceSettings from(Settings settings) {
    return new SessionServiceSettings(
        databaseUrl(settings),
        settings.integer(Key.DATABASE_POOL_SIZE),
        SessionRules.from(settings),
        settings.integer(Key.RETENTION_HOURS),
        channels(settings));
  }

  private static String databaseUrl(Settings settings) {
    String url = settings.required(Key.DATABASE_URL);
    try {
      DatabaseUrl.parse(url);
      return url;
    } catch (IllegalArgumentException bad) {
      throw BadSetting.of(Key.DATABASE_URL, url, Key.DATABASE_URL.expected());
    }
  }

  private static ChannelRules channels(Settings settings) {
    try {
      return ChannelRules.parse(settings.list(Key.CHANNELS));
    } catch (IllegalArgumentException bad) {
      throw BadSetting.of(Key.CHANNELS, settings.text(Key.CHANNELS), bad.getMessage());
    }
  }

  /** The share of one of {@code loops} event loops. */
  StoreSettings shareOf(int loops) {
    return store(Math.max(1, poolSize / loops));
  }

  StoreSettings store(int connections) {
    return new StoreSettings(databaseUrl, connections, sessions, retentionHours, channels);
  }

  @Override
  public String toString() {
    return store(poolSize).toString();
  }
}
