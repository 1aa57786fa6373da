package io.trunkline.session;

import io.trunkline.protocol.BusMessage.Caller;
import io.trunkline.protocol.ErrorCode;
import io.trunkline.protocol.JsonFrame;
import io.trunkline.protocol.Refusal;
import java.util.List;
import java.util.Set;

/** What every request must pass before its type sees it. Refuses by throwing. */
final class Checks {
  /** What every session may do, whatever its row says. */
  private static final Set<String> GRANTED_TO_ALL = Set.of("broadcast");

  private Checks() {}

  static void mayCall(MessageType<?> type, JsonFrame frame, Caller caller) {
    if (caller == null) {
      if (type.needsSession()) {
        throw new Refusal(ErrorCode.UNAUTHENTICATED, type.name() + " needs a session");
      }
      return;
    }
    hasPermission(type.permission(), caller);
    isSender(frame.string("sender"), caller);
  }

  /**
   * A session with permissions like {@code publish:news.*} may do that with those channels only;
   * one that has none of an action may do it with every channel.
   *
   * @param action {@code publish} or {@code subscribe}
   */
  static void mayUse(String action, String channel, Caller caller) {
    String prefix = action + ":";
    List<String> named =
        caller.permissions().stream().filter(name -> name.startsWith(prefix)).toList();
    if (!named.isEmpty()
        && named.stream()
            .noneMatch(name -> new NamePattern(name.substring(prefix.length())).matches(channel))) {
      throw Refusal.forbidden("channel: the permission to " + action + " is needed");
    }
  }

  private static void hasPermission(String permission, Caller caller) {
    if (permission != null
        && !GRANTED_TO_ALL.contains(permission)
        && !caller.permissions().contains(permission)) {
      throw Refusal.forbidden("the permission " + permission + " is needed");
    }
  }

  /** Older clients name themselves. */
  private static void isSender(String sender, Caller caller) {
    if (sender != null && !sender.equals(caller.user())) {
      throw Refusal.forbidden("sender: expected your own name or none");
    }
  }
}
