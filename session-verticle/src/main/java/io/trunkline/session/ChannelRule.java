package io.trunkline.session;

/**
 * One pattern of channels, their kind, and what holds for them; as {@code
 * news.*=durable;slow=close} says it.
 *
 * @param durable whether messages are stored; else they are at most once, and Postgres never hears
 *     of them
 * @param slowReaders what becomes of those who read an ephemeral channel too slowly
 * @param presence whether who is in the channel is kept and told
 * @param maxSubscribers users who may be subscribed; 0: any number
 * @param retentionHours how long messages of a durable channel are kept; 0: as long as inboxes are
 */
public record ChannelRule(
    NamePattern pattern,
    boolean durable,
    SlowReaders slowReaders,
    boolean presence,
    int maxSubscribers,
    int retentionHours) {
  /** Ten years, as for all messages. */
  private static final int MOST_HOURS = 87_600;

  /** More are no limit any more. */
  private static final int MOST_SUBSCRIBERS = 10_000_000;

  private static final String DURABLE = "durable";
  private static final String EPHEMERAL = "ephemeral";
  private static final String OPTIONS = "slow=, presence=, max_subscribers=, retention_hours=";

  /** A rule of this kind, with what holds where nothing is said. */
  ChannelRule(NamePattern pattern, boolean durable) {
    this(pattern, durable, SlowReaders.CLOSE, true, 0, 0);
  }

  /**
   * Reads one rule. A pattern may hold an equals sign, a kind never does.
   *
   * @throws IllegalArgumentException naming what was expected, and the rule
   */
  static ChannelRule parse(String text) {
    String[] parts = text.split(";", -1);
    int equals = parts[0].lastIndexOf('=');
    String pattern = parts[0].substring(0, Math.max(0, equals)).strip();
    String kind = parts[0].substring(equals + 1).strip();
    if (pattern.isEmpty() || !(kind.equals(DURABLE) || kind.equals(EPHEMERAL))) {
      throw new IllegalArgumentException("a rule like news.*=durable, not " + text);
    }
    ChannelRule rule = new ChannelRule(new NamePattern(pattern), kind.equals(DURABLE));
    for (int i = 1; i < parts.length; i++) {
      rule = rule.with(parts[i].strip(), text);
    }
    return rule;
  }

  private ChannelRule with(String option, String text) {
    int equals = option.indexOf('=');
    String value = option.substring(equals + 1);
    return switch (option.substring(0, Math.max(0, equals))) {
      case "slow" -> withSlow(SlowReaders.of(value), text);
      case "presence" -> withPresence(onOff("presence", value));
      case "max_subscribers" ->
          withMaxSubscribers(number("max_subscribers", value, MOST_SUBSCRIBERS));
      case "retention_hours" -> withRetention(number("retention_hours", value, MOST_HOURS), text);
      default ->
          throw new IllegalArgumentException(
              "one of " + OPTIONS + " after each semicolon, not " + option + " in " + text);
    };
  }

  private ChannelRule withSlow(SlowReaders policy, String text) {
    if (durable && policy != SlowReaders.CLOSE) {
      throw new IllegalArgumentException(
          "slow=close for a durable channel, which loses nothing, not " + text);
    }
    return new ChannelRule(pattern, durable, policy, presence, maxSubscribers, retentionHours);
  }

  private ChannelRule withPresence(boolean on) {
    return new ChannelRule(pattern, durable, slowReaders, on, maxSubscribers, retentionHours);
  }

  private ChannelRule withMaxSubscribers(int most) {
    return new ChannelRule(pattern, durable, slowReaders, presence, most, retentionHours);
  }

  private ChannelRule withRetention(int hours, String text) {
    if (!durable) {
      throw new IllegalArgumentException(
          "retention_hours for a durable channel only, as an ephemeral one keeps nothing, not "
              + text);
    }
    return new ChannelRule(pattern, true, slowReaders, presence, maxSubscribers, hours);
  }

  /** Whether it must be known who is in the channel. */
  public boolean countsUsers() {
    return presence || maxSubscribers > 0;
  }

  private static int number(String option, String value, int most) {
    try {
      int number = Integer.parseInt(value);
      if (number >= 1 && number <= most) {
        return number;
      }
    } catch (NumberFormatException none) {
      // says what was expected, below
    }
    throw new IllegalArgumentException(
        option + "= a whole number from 1 to " + most + ", not " + option + "=" + value);
  }

  private static boolean onOff(String option, String value) {
    return switch (value) {
      case "on" -> true;
      case "off" -> false;
      default ->
          throw new IllegalArgumentException(
              option + "=on or " + option + "=off, not " + option + "=" + value);
    };
  }
}
