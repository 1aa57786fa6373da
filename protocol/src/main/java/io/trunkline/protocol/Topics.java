package io.trunkline.protocol;

/** Names of topics: an ordered log in Postgres and a set of followers in memory. */
public final class Topics {
  public static final String USER_PREFIX = "user:";
  public static final String CHANNEL_PREFIX = "channel:";

  /** Followed where a user is in a channel; nothing is ever delivered to it. */
  public static final String HERE_PREFIX = "here:";

  /** Followed by those who want to know who comes to a channel and who leaves it. */
  public static final String PRESENCE_PREFIX = "presence:";

  /** Between the channel and the user of a {@link #here}; no name may hold it. */
  private static final char BETWEEN = '\n';

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

  public static boolean isChannel(String topic) {
    return topic.startsWith(CHANNEL_PREFIX);
  }

  /** That {@code user} is in {@code channel}, on the gateways that follow this. */
  public static String here(String channel, String user) {
    return HERE_PREFIX + channel + BETWEEN + user;
  }

  public static boolean isHere(String topic) {
    return topic.startsWith(HERE_PREFIX) && topic.indexOf(BETWEEN) > 0;
  }

  /** The channel of a topic for which {@link #isHere} holds. */
  public static String channelHere(String topic) {
    return topic.substring(HERE_PREFIX.length(), topic.indexOf(BETWEEN));
  }

  /** The user of a topic for which {@link #isHere} holds. */
  public static String userHere(String topic) {
    return topic.substring(topic.indexOf(BETWEEN) + 1);
  }

  /** What changes in the presence of {@code channel}; it has no log. */
  public static String presence(String channel) {
    return PRESENCE_PREFIX + channel;
  }

  /** The user whose inbox {@code topic} is; only for topics for which {@link #isUser} holds. */
  public static String userOf(String topic) {
    return topic.substring(USER_PREFIX.length());
  }
}
