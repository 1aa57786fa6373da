package io.trunkline.session.message;

import io.trunkline.protocol.JsonFrame;
import io.trunkline.protocol.Refusal;
import io.trunkline.session.Conversation.Position;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How a place in a conversation looks to a client: a text that it gives back as it came. */
final class ConversationCursor {
  private static final Pattern SHAPE = Pattern.compile("([0-9]{1,18})-([0-9]{1,18})");

  private ConversationCursor() {}

  static String text(Position position) {
    return position.mine() + "-" + position.theirs();
  }

  /** The frame's {@code since}; absent or 0: from the beginning. */
  static Position read(JsonFrame frame) {
    if (!frame.hasValue("since") || isZero(frame.raw("since"))) {
      return Position.START;
    }
    Matcher matcher = SHAPE.matcher(frame.string("since"));
    if (!matcher.matches()) {
      throw Refusal.badRequest("since: expected the next of an earlier answer");
    }
    return new Position(Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2)));
  }

  private static boolean isZero(byte[] json) {
    return json.length == 1 && json[0] == '0';
  }
}
