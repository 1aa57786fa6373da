package io.trunkline.session;

import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage.Broadcast;
import io.trunkline.protocol.BusMessage.PostMessage;
import io.trunkline.protocol.BusMessage.Posted;
import io.trunkline.protocol.ErrorCode;
import io.trunkline.protocol.Refusal;
import io.trunkline.protocol.Times;
import io.trunkline.protocol.Topics;
import io.vertx.core.Future;
import io.vertx.core.eventbus.EventBus;

/**
 * Messages that the application itself sends, by the server API or by SQL. They go the way of
 * clients' messages: into the log first, then to the followers; broadcasts and ephemeral channels
 * at most once. They need no permission. Belongs to one event loop.
 */
final class Postings {
  /** Whose a message is that names no sender; no user is called so. */
  private static final String NOBODY = "";

  private final EventBus bus;
  private final LogStore log;
  private final Outbox outbox;
  private final ChannelRules channels;

  Postings(EventBus bus, LogStore log, Outbox outbox, ChannelRules channels) {
    this.bus = bus;
    this.log = log;
    this.outbox = outbox;
    this.channels = channels;
  }

  /**
   * Whether the message goes into the log; else it is sent at most once.
   *
   * @throws Refusal {@code unknown_channel}
   */
  boolean isStored(PostMessage message) {
    return message.receiver() != null
        || (message.channel() != null && channel(message.channel()).durable());
  }

  /** Completes once it is stored, or sent. Fails with a {@link Refusal}. */
  Future<Posted> post(PostMessage message) {
    if (message.receiver() != null) {
      return store(
          message,
          Topics.user(message.receiver()),
          true,
          MessageFrames.privateMessage(message.sender(), message.receiver(), message.message())
              .open());
    }
    return message.channel() == null
        ? Future.succeededFuture(broadcast(message))
        : publish(message, channel(message.channel()));
  }

  private Future<Posted> publish(PostMessage message, Channel channel) {
    if (channel.durable()) {
      return store(
          message,
          channel.topic(),
          false,
          MessageFrames.channelMessage(channel.name(), message.sender(), message.message()).open());
    }
    long time = System.currentTimeMillis();
    byte[] frame =
        MessageFrames.channelMessage(channel.name(), message.sender(), message.message())
            .string("time", Times.iso(time))
            .end();
    outbox.deliver(channel.topic(), 0, () -> frame);
    return Future.succeededFuture(new Posted(0, time, false));
  }

  private Posted broadcast(PostMessage message) {
    long time = System.currentTimeMillis();
    byte[] frame =
        MessageFrames.broadcast(message.sender(), message.message())
            .string("time", Times.iso(time))
            .end();
    bus.publish(Addresses.GATEWAY_ALL, new Broadcast(frame));
    return new Posted(0, time, false);
  }

  private Future<Posted> store(
      PostMessage message, String topic, boolean mustExist, byte[] stored) {
    String sender = message.sender() == null ? NOBODY : message.sender();
    return log.append(Entry.posted(topic, mustExist, sender, message.id(), stored))
        .onSuccess(appended -> outbox.publish(topic, stored, appended))
        .map(done -> new Posted(done.offset(), done.time(), done.duplicate()));
  }

  private Channel channel(String name) {
    Channel channel = channels.channel(name);
    if (channel == null) {
      throw new Refusal(ErrorCode.UNKNOWN_CHANNEL, "channel: there is none of this name");
    }
    return channel;
  }
}
