package io.trunkline.session;

import io.trunkline.protocol.BusMessage.AskPresence;
import io.trunkline.protocol.BusMessage.PresenceInfo;
import io.trunkline.protocol.ErrorCode;
import io.trunkline.protocol.Refusal;
import java.util.List;
import java.util.TreeSet;

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
   * Of everybody, or of those asked for.
   *
   * @throws Refusal {@code unknown_channel}
   */
  PresenceInfo answer(AskPresence question) {
    if (question.channel() != null) {
      if (channels.channel(question.channel()) == null) {
        throw new Refusal(ErrorCode.UNKNOWN_CHANNEL, "channel: there is none of this name");
      }
      throw Refusal.badRequest("channel: not supported yet");
    }
    if (question.everybody()) {
      return new PresenceInfo(presence.count(), presence.users(MAX_USERS));
    }
    List<String> online =
        new TreeSet<>(question.users()).stream().filter(presence::isOnline).toList();
    return new PresenceInfo(online.size(), online);
  }
}
