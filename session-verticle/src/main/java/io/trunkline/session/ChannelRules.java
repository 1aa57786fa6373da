package io.trunkline.session;

import io.trunkline.node.Key;
import java.util.List;
import java.util.stream.Stream;

/**
 * Which channels there are, and of what kind: {@code
 * news.*=durable,cursor.*=ephemeral;slow=latest-only}. The first pattern that matches a name
 * decides; a name that none matches is no channel.
 */
public record ChannelRules(List<Rule> rules) {
  /** What holds where the operator says nothing. */
  static final ChannelRules DEFAULT = parse(Stream.of(Key.CHANNELS.absent().split(",")).toList());

  private static final String DURABLE = "durable";
  private static final String EPHEMERAL = "ephemeral";

  private static final String SLOW = "slow=";

  /** One pattern, its kind, and what holds for it. */
  public record Rule(NamePattern pattern, boolean durable, SlowReaders slowReaders) {}

  public ChannelRules {
    rules = List.copyOf(rules);
  }

  /**
   * Reads one rule from each text.
   *
   * @throws IllegalArgumentException naming the rule that is none
   */
  static ChannelRules parse(List<String> texts) {
    return new ChannelRules(texts.stream().map(ChannelRules::rule).toList());
  }

  /** The channel of this name; null: there is none. */
  Channel channel(String name) {
    for (Rule rule : rules) {
      if (rule.pattern().matches(name)) {
        return new Channel(name, rule.durable(), rule.slowReaders());
      }
    }
    return null;
  }

  /** A pattern may hold an equals sign, a kind never does. */
  private static Rule rule(String text) {
    String[] parts = text.split(";", -1);
    int equals = parts[0].lastIndexOf('=');
    String pattern = parts[0].substring(0, Math.max(0, equals)).strip();
    String kind = parts[0].substring(equals + 1).strip();
    if (pattern.isEmpty() || !(kind.equals(DURABLE) || kind.equals(EPHEMERAL))) {
      throw new IllegalArgumentException("a rule like news.*=durable, not " + text);
    }
    boolean durable = kind.equals(DURABLE);
    SlowReaders slowReaders = SlowReaders.CLOSE;
    for (int i = 1; i < parts.length; i++) {
      slowReaders = slowReaders(parts[i].strip(), durable, text);
    }
    return new Rule(new NamePattern(pattern), durable, slowReaders);
  }

  private static SlowReaders slowReaders(String option, boolean durable, String rule) {
    if (!option.startsWith(SLOW)) {
      throw new IllegalArgumentException("slow=... after the semicolon of " + rule);
    }
    SlowReaders policy = SlowReaders.of(option.substring(SLOW.length()));
    if (durable && policy != SlowReaders.CLOSE) {
      throw new IllegalArgumentException(
          "slow=close for a durable channel, which loses nothing, not " + rule);
    }
    return policy;
  }
}
