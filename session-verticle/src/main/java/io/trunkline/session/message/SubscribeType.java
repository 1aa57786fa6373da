package io.trunkline.session.message;

import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.Directive;
import io.trunkline.protocol.Directive.Follow;
import io.trunkline.protocol.JsonFrame;
import io.trunkline.protocol.Topics;
import io.trunkline.session.Call;
import io.trunkline.session.Channel;
import io.trunkline.session.MessageType;
import io.trunkline.session.Place;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code subscribe}: the connection gets the channel's messages, after {@code since} or from now
 * on; it is in the channel from then on, for those who ask who is. One that gets them already goes
 * on as it was.
 */
public final class SubscribeType implements MessageType<SubscribeType.Fields> {
  private static final long FROM_NOW = -1;

  /** Of the changes of presence none is left out, however slow the reader; there are few. */
  private static final int ALL = 0;

  /** An ephemeral channel has no log, and so no head. */
  private static final Place NO_LOG = new Place(0, 0);

  /**
   * Which channel, and from where.
   *
   * @param since the offset up to which the client has it; {@link #FROM_NOW}: it has all
   * @param presence whether it wants to know who comes and goes
   */
  record Fields(String channel, long since, boolean presence) {}

  @Override
  public String name() {
    return "subscribe";
  }

  @Override
  public Fields read(JsonFrame frame) {
    return new Fields(
        frame.name("channel"),
        frame.integer("since", 0, Long.MAX_VALUE, FROM_NOW),
        frame.bool("presence"));
  }

  @Override
  public Future<Reply> handle(Fields fields, Call call) {
    Channel channel = call.channel("subscribe", fields.channel());
    if (fields.presence()) {
      call.mayWatch(channel);
    }
    return call.seat(channel).compose(seated -> answer(fields, call, channel));
  }

  private static Future<Reply> answer(Fields fields, Call call, Channel channel) {
    if (!channel.durable()) {
      Follow live = Follow.unlogged(channel.topic(), channel.rule().slowReaders().keep());
      return Future.succeededFuture(
          subscribed(fields, call, channel, resumption(fields, NO_LOG), live));
    }
    long after = fields.since() == FROM_NOW ? Long.MAX_VALUE : fields.since();
    return call.place(channel.topic(), after)
        .map(place -> resumption(fields, place))
        .onSuccess(from -> count(fields, from, call))
        .map(from -> subscribed(fields, call, channel, from, follow(channel, from)));
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

  private static Reply subscribed(
      Fields fields, Call call, Channel channel, Resumption from, Follow messages) {
    List<Directive> follows = new ArrayList<>(List.of(messages));
    if (channel.rule().countsUsers()) {
      follows.add(Follow.unlogged(Topics.here(channel.name(), call.caller().user()), ALL));
    }
    if (fields.presence()) {
      follows.add(Follow.unlogged(Topics.presence(channel.name()), ALL));
    }
    return new Reply(
        call.answer("subscribed")
            .string("channel", channel.name())
            .number("offset", from.head())
            .bool("recovered", from.recovered())
            .end(),
        follows);
  }
}
