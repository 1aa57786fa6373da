package io.trunkline.session.message;

import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.Directive.Follow;
import io.trunkline.protocol.JsonFrame;
import io.trunkline.protocol.Refusal;
import io.trunkline.session.Call;
import io.trunkline.session.Channel;
import io.trunkline.session.MessageType;
import io.trunkline.session.Place;
import io.vertx.core.Future;

/**
 * {@code subscribe}: the connection gets the channel's messages, after {@code since} or from now
 * on. One that gets them already goes on as it was.
 */
public final class SubscribeType implements MessageType<SubscribeType.Fields> {
  private static final long FROM_NOW = -1;

  /** An ephemeral channel has no log, and so no head. */
  private static final Place NO_LOG = new Place(0, 0);

  /**
   * Which channel, and from where.
   *
   * @param since the offset up to which the client has it; {@link #FROM_NOW}: it has all
   */
  record Fields(String channel, long since) {}

  @Override
  public String name() {
    return "subscribe";
  }

  @Override
  public Fields read(JsonFrame frame) {
    if (frame.bool("presence")) {
      throw Refusal.badRequest("presence: not supported yet");
    }
    return new Fields(frame.name("channel"), frame.integer("since", 0, Long.MAX_VALUE, FROM_NOW));
  }

  @Override
  public Future<Reply> handle(Fields fields, Call call) {
    Channel channel = call.channel("subscribe", fields.channel());
    if (!channel.durable()) {
      Resumption nothing = resumption(fields, NO_LOG);
      return Future.succeededFuture(
          subscribed(
              call,
              channel,
              nothing,
              Follow.unlogged(channel.topic(), channel.slowReaders().keep())));
    }
    long after = fields.since() == FROM_NOW ? Long.MAX_VALUE : fields.since();
    return call.place(channel.topic(), after)
        .map(place -> resumption(fields, place))
        .onSuccess(from -> count(fields, from, call))
        .map(from -> subscribed(call, channel, from, follow(channel, from)));
  }

  private static Resumption resumption(Fields fields, Place place) {
    return Resumption.from(fields.since() == FROM_NOW ? place.head() : fields.since(), place);
  }

  private static void count(Fields fields, Resumption from, Call call) {
    if (fields.since() != FROM_NOW) {
      call.resumed(from.recovered());
    }
  }

  private static Follow follow(Channel channel, Resumption from) {
    return new Follow(channel.topic(), from.after(), false);
  }

  private static Reply subscribed(Call call, Channel channel, Resumption from, Follow follow) {
    return Reply.of(
        call.answer("subscribed")
            .string("channel", channel.name())
            .number("offset", from.head())
            .bool("recovered", from.recovered())
            .end(),
        follow);
  }
}
