package io.trunkline.session;

import io.trunkline.node.Key;
import java.util.List;
import java.util.stream.Stream;

/**
 * Which channels there are, and of what kind: {@code news.*=durable,cursor.*=ephemeral}. The first
 * pattern that matches a name decides; a name that none matches is no channel.
 */
public record ChannelRules(List<Rule> rules) {
  /** What holds where the operator says nothing. */
  static final ChannelRules DEFAULT = parse(Stream.of(Key.CHANNELS.absent().split(",")).toList());

  private static final String DURABLE = "durable";
  private static final String EPHEMERAL = "ephemeral";

  /** One pattern and its kind. */
  public record Rule(NamePattern pattern, boolean durable) {}

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
        return new Channel(name, rule.durable());
      }
    }
    return null;
  }

  /** A pattern may hold an equals sign, a kind never does. */
  private static Rule rule(String text) {
    int equals = text.lastIndexOf('=');
    String pattern = text.substring(0, Math.max(0, equals)).strip();
    String kind = text.substring(equals + 1).strip();
    if (pattern.isEmpty() || !(kind.equals(DURABLE) || kind.equals(EPHEMERAL))) {
      throw new IllegalArgumentException("a rule like news.*=durable, not " + text);
    }
    return new Rule(new NamePattern(pattern), kind.equals(DURABLE));
  }
}
