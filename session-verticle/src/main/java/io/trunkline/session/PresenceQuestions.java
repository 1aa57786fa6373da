package io.trunkline.session;

import io.trunkline.protocol.BusMessage.AskPresence;
import io.trunkline.protocol.BusMessage.PresenceInfo;
import io.trunkline.protocol.ErrorCode;
import io.trunkline.protocol.Refusal;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Answers who is online, for clients and for the server API alike. Any thread. */
final class PresenceQuestions {
  /** Names that an answer shows; the count is never cut. */
  static final int MAX_USERS = 100;

  private final Presence presence;
  private final ChannelRules channels;

  PresenceQuestions(Presence presence, ChannelRules channels) {
    this.presence = presence;
    this.channels = channels;
  }

  /**
   * Of everybody, or of those asked for; anywhere, or in a channel.
   *
   * @throws Refusal {@code unknown_channel}, or {@code forbidden} where the channel keeps none
   */
  PresenceInfo answer(AskPresence question) {
    return question.channel() == null ? anywhere(question) : in(question.channel(), question);
  }

  private PresenceInfo anywhere(AskPresence question) {
    return question.everybody()
        ? new PresenceInfo(presence.count(), presence.users(MAX_USERS))
        : those(sorted(question.users()).filter(presence::isOnline).toList());
  }

  private PresenceInfo in(String name, AskPresence question) {
    Channel channel = channels.channel(name);
    if (channel == null) {
      throw new Refusal(ErrorCode.UNKNOWN_CHANNEL, "channel: there is none of this name");
    }
    channel.needsPresence();
    return question.everybody()
        ? new PresenceInfo(presence.countIn(name), presence.usersIn(name, MAX_USERS))
        : those(sorted(question.users()).filter(user -> presence.isIn(name, user)).toList());
  }

  private static Stream<String> sorted(Collection<String> users) {
    return new TreeSet<>(users).stream();
  }

  private static PresenceInfo those(List<String> users) {
    return new PresenceInfo(users.size(), users);
  }
}
