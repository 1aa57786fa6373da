package io.trunkline.protocol;

/** Names of topics: an ordered log in Postgres and a set of followers in memory. */
public final class Topics {
  public static final String USER_PREFIX = "user:";
  public static final String CHANNEL_PREFIX = "channel:";

  private Topics() {}

  /** A user's inbox. */
  public static String user(String user) {
    return USER_PREFIX + user;
  }

  public static String channel(String channel) {
    return CHANNEL_PREFIX + channel;
  }

  public static boolean isUser(String topic) {
    return topic.startsWith(USER_PREFIX);
  }

  /** The user whose inbox {@code topic} is; only for topics for which {@link #isUser} holds. */
  public static String userOf(String topic) {
    return topic.substring(USER_PREFIX.length());
  }
}
