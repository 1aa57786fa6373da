package io.trunkline.session;

import io.trunkline.protocol.Refusal;
import io.trunkline.protocol.Topics;

/** A channel, as the operator's rule has it. Its topic comes into being with its first message. */
public record Channel(String name, ChannelRule rule) {
  public String topic() {
    return Topics.channel(name);
  }

  /**
   * Does nothing where presence is kept for the channel.
   *
   * @throws Refusal {@code forbidden}
   */
  void needsPresence() {
    if (!rule.presence()) {
      throw Refusal.forbidden("channel: its presence is not kept");
    }
  }

  /** Whether its messages are stored. */
  public boolean durable() {
    return rule.durable();
  }
}
