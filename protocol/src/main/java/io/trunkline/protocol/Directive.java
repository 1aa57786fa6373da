package io.trunkline.protocol;

import java.util.List;

/**
 * What a handler's answer tells the gateway to do with the connection, beside writing to it.
 * Carried out in the order given: first the directives' effect on what the connection is, then the
 * answer is written, then topics are followed, then a close.
 */
public sealed interface Directive {
  /**
   * This connection is {@code user}'s from now on, by this session.
   *
   * @param session the SHA-256 of the session id, in hex; never the id
   * @param expiresAt epoch milliseconds; the gateway asks again then and closes with 4001 if it has
   *     not been renewed
   * @param permissions what the session may do, as its row says
   */
  record Identify(String user, String session, long expiresAt, List<String> permissions)
      implements Directive {
    public Identify {
      permissions = List.copyOf(permissions);
    }
  }

  /**
   * Everything of {@code topic} after offset {@code after} goes to this connection: first from the
   * log, then live.
   *
   * @param cursor whether the session's cursor moves with what is written to this connection
   */
  record Follow(String topic, long after, boolean cursor) implements Directive {}

  record Unfollow(String topic) implements Directive {}

  /**
   * The client has said which messages it has: the session's cursor is its own to move from now on.
   */
  record Received(String topic, long offset) implements Directive {}

  /**
   * Close the connection after the answer, with a code of {@link CloseCode} and a reason of at most
   * 123 bytes.
   */
  record Close(int code, String reason) implements Directive {
    public Close(CloseCode code) {
      this(code.code(), code.reason());
    }
  }
}
