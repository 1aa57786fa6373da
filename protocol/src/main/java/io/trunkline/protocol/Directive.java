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
   * <p>A gateway that is told to follow more than it allows a connection carries out nothing of
   * this answer, and sends the error {@code forbidden} instead.
   *
   * @param after {@link #UNLOGGED} for a topic that has no log: then the answer is written once the
   *     session services know of the follower, and what is delivered from then on follows it
   * @param cursor whether the session's cursor moves with what is written to this connection
   * @param keep of a topic without a log: while the client reads too slowly, only so many of the
   *     newest messages wait for it; 0: all do, until the connection is closed for it
   */
  record Follow(String topic, long after, boolean cursor, int keep) implements Directive {
    public static final long UNLOGGED = -1;

    public Follow {
      if (keep < 0 || (keep > 0 && after != UNLOGGED)) {
        throw new IllegalArgumentException("keep: expected 0, or more for a topic without a log");
      }
    }

    public Follow(String topic, long after, boolean cursor) {
      this(topic, after, cursor, 0);
    }

    public static Follow unlogged(String topic, int keep) {
      return new Follow(topic, UNLOGGED, false, keep);
    }

    public boolean isLogged() {
      return after != UNLOGGED;
    }
  }

  record Unfollow(String topic) implements Directive {}

  /**
   * The request was one to send a message that is stored nowhere, and is allowed: send it yourself,
   * to your own followers of {@code topic} and to these gateways, and acknowledge it. For a while
   * do the same at once with further requests of this type for this channel, from this connection,
   * as long as it is the same caller's, with the same permissions.
   *
   * <p>The while ends early when {@link BusMessage.RelaysEnded} says so. Written only to gateways
   * of level {@link BusCodec#RELAYS}.
   *
   * @param channel what the request's {@code channel} says
   * @param head the frame for the readers up to its {@code message}, open as {@link
   *     FrameWriter#open} leaves it
   * @param gateways that follow the topic, perhaps the asking one too
   * @param service the session service that says this
   * @param version goes up whenever that service ends relays
   * @param millis how long it holds, from when the request was asked; 0: for this request alone
   * @param traceparent W3C trace context of this request where it is traced, else null
   */
  @SuppressWarnings("ArrayRecordComponent") // bytes on their way to sockets; never compared
  record Relay(
      String topic,
      String channel,
      byte[] head,
      List<String> gateways,
      String service,
      long version,
      int millis,
      String traceparent)
      implements Directive {
    public Relay {
      gateways = List.copyOf(gateways);
    }
  }

  /**
   * The user of this answer's {@link Identify} has connections on these other gateways: ask each
   * how many ({@link BusMessage.CountConnections}), where the number is limited.
   */
  record Elsewhere(List<String> gateways) implements Directive {
    public Elsewhere {
      gateways = List.copyOf(gateways);
    }
  }

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

  /**
   * Nobody tells when this session ends: ask for it again and again, by its id ({@link
   * BusMessage.CheckSessionIds}). Comes with the {@link Identify} of the session.
   *
   * @param sessionId the id as the client gave it; a gateway keeps it in memory and nowhere else
   * @param seconds between two questions
   */
  record Watch(String sessionId, int seconds) implements Directive {
    @Override
    public String toString() {
      return "Watch[seconds=" + seconds + "]";
    }
  }
}
