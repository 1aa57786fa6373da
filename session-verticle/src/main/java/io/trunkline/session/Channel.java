package io.trunkline.session;

import io.trunkline.protocol.Topics;

/**
 * A channel, as the operator's rules have it. Its topic comes into being with its first message.
 *
 * @param durable whether its messages are stored; else they are at most once, and Postgres never
 *     hears of them
 * @param slowReaders what becomes of those who read an ephemeral channel too slowly
 */
public record Channel(String name, boolean durable, SlowReaders slowReaders) {
  public String topic() {
    return Topics.channel(name);
  }
}
