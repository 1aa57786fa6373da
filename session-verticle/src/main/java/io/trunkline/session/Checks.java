package io.trunkline.session;

import io.trunkline.protocol.BusMessage.Caller;
import io.trunkline.protocol.ErrorCode;
import io.trunkline.protocol.JsonFrame;
import io.trunkline.protocol.Refusal;

/** What every request must pass before its type sees it. Refuses by throwing. */
final class Checks {
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
   * A session may do with a channel what its permissions say, and no more.
   *
   * @param action {@code publish} or {@code subscribe}
   */
  static void mayUse(String action, String channel, Caller caller) {
    if (!Permissions.allow(caller.permissions(), action, channel)) {
      throw Refusal.forbidden("channel: the permission to " + action + " is needed");
    }
  }

  static void hasPermission(String permission, Caller caller) {
    if (permission != null && !caller.permissions().contains(permission)) {
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
