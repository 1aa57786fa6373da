package io.trunkline.gateway;

import io.trunkline.protocol.JsonFrame;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Channels to which a connection may publish what is stored nowhere without asking each time,
 * because a session service has just said so. It must be forgotten when the connection's caller
 * becomes another one or gets other permissions.
 */
final class Shortcuts {
  /** The newest are kept; who publishes to more channels in turn asks each time. */
  private static final int MOST = 16;

  private final String type;
  private final Map<String, Shortcut> byChannel = new LinkedHashMap<>(4);

  /**
   * The frame up to its message, and where it goes.
   *
   * @param until of the loop's clock, when this connection is to ask again; others may go on along
   *     the same way
   */
  @SuppressWarnings("ArrayRecordComponent") // bytes on their way to sockets; never compared
  record Shortcut(byte[] head, Relaying.Way way, long until) {
    boolean holds(long now) {
      return now < until && way.holds(now);
    }
  }

  /** For requests of this type; session services know which. */
  Shortcuts(String type) {
    this.type = type;
  }

  boolean areFor(String other) {
    return type.equals(other);
  }

  void put(String channel, Shortcut shortcut) {
    byChannel.remove(channel);
    if (byChannel.size() == MOST) {
      byChannel.remove(byChannel.keySet().iterator().next());
    }
    byChannel.put(channel, shortcut);
  }

  /**
   * The one for this request; null where a session service is to be asked, as it is for all that it
   * would refuse.
   *
   * @param now of the loop's clock
   * @throws io.trunkline.protocol.Refusal {@code bad_request}, as a session service would say it
   */
  Shortcut find(String otherType, JsonFrame frame, String user, long now) {
    if (!areFor(otherType) || !frame.has("message")) {
      return null;
    }
    Shortcut shortcut = byChannel.get(frame.string("channel"));
    if (shortcut == null || !shortcut.holds(now)) {
      return null;
    }
    String sender = frame.string("sender");
    return sender == null || sender.equals(user) ? shortcut : null;
  }
}
