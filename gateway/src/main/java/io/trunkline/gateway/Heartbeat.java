package io.trunkline.gateway;

import io.trunkline.protocol.CloseCode;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Tells a dead peer from a silent one: a ping every so often, and any byte at all within the pong
 * time, or 4201. That covers the idle limit too: a connection on which nothing comes for longer
 * than ping and pong time together is closed.
 */
final class Heartbeat {
  private final Socket socket;
  private final long everyMillis;
  private final long pongMillis;
  private long pingAt;

  /** When the last ping was sent; 0 when it has been answered. */
  private long pingedAt;

  /**
   * The first ping comes at a random part of the interval, so that a reconnect storm doesn't become
   * a ping storm.
   */
  Heartbeat(Socket socket, GatewaySettings settings, long now) {
    this.socket = socket;
    this.everyMillis = settings.heartbeatSeconds() * 1000L;
    this.pongMillis = settings.pongSeconds() * 1000L;
    this.pingAt = now + everyMillis / 2 + ThreadLocalRandom.current().nextLong(everyMillis / 2);
  }

  /** Does what is due, and says when to come again. */
  long beat(long now) {
    if (pingedAt != 0 && socket.lastReadAt() >= pingedAt) {
      pingedAt = 0;
    }
    if (pingedAt != 0 && now - pingedAt >= pongMillis) {
      socket.close(CloseCode.NO_PONG);
      return Long.MAX_VALUE;
    }
    if (now >= pingAt) {
      socket.ping();
      pingAt = now + everyMillis;
      pingedAt = pingedAt == 0 ? now : pingedAt;
    }
    return pingedAt == 0 ? pingAt : Math.min(pingAt, pingedAt + pongMillis);
  }
}
