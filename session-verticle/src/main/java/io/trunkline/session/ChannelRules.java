package io.trunkline.session;

import io.trunkline.node.Key;
import java.util.List;
import java.util.stream.Stream;

/**
 * Which channels there are, and of what kind: {@code
 * news.*=durable,cursor.*=ephemeral;slow=latest-only}. The first pattern that matches a name
 * decides; a name that none matches is no channel.
 */
public record ChannelRules(List<ChannelRule> rules) {
  /** What holds where the operator says nothing. */
  static final ChannelRules DEFAULT = parse(Stream.of(Key.CHANNELS.absent().split(",")).toList());

  public ChannelRules {
    rules = List.copyOf(rules);
  }

  /**
   * Reads one rule from each text.
   *
   * @throws IllegalArgumentException naming the rule that is none
   */
  static ChannelRules parse(List<String> texts) {
    return new ChannelRules(texts.stream().map(ChannelRule::parse).toList());
  }

  /** The channel of this name; null: there is none. */
  Channel channel(String name) {
    for (ChannelRule rule : rules) {
      if (rule.pattern().matches(name)) {
        return new Channel(name, rule);
      }
    }
    return null;
  }
}
