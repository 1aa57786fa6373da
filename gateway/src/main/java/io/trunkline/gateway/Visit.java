package io.trunkline.gateway;

import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;

/**
 * One HTTP connection before, or without, an upgrade, and how long it may take. A request that
 * trickles in byte by byte is not waited for (slow loris), nor a connection that brings none.
 * Confined to its event loop.
 */
final class Visit extends Wheel.Entry {
  /**
   * From a request's head until it is answered, its body included. Answers come within 5 s, and a
   * body of 64 KiB over a slow network within the rest.
   */
  private static final long ANSWER_MILLIS = 20_000;

  private final HttpConnection connection;
  private final String address;
  private final Loop loop;
  private final long headMillis;

  /** Of the last request; null where there was none, or it has been seen to be answered. */
  private HttpServerResponse response;

  /** Milliseconds of the loop's clock; with {@link #response}. */
  private long answerBy;

  private boolean over;

  /** {@code address} is what it is counted under, or null. */
  Visit(HttpConnection connection, String address, Loop loop, int handshakeSeconds) {
    this.connection = connection;
    this.address = address;
    this.loop = loop;
    this.headMillis = handshakeSeconds * 1000L;
    loop.wheel().schedule(this, loop.now() + headMillis);
  }

  String address() {
    return address;
  }

  /** The head of a request is here. */
  void asked(HttpServerRequest request) {
    response = request.response();
    answerBy = loop.now() + ANSWER_MILLIS;
    loop.wheel().schedule(this, Math.min(answerBy, loop.now() + headMillis));
  }

  /** The connection has ended, or is a WebSocket now. */
  void over() {
    over = true;
    loop.wheel().cancel(this);
  }

  @Override
  void wake(long now) {
    if (over) {
      return;
    }
    if (response == null || (now >= answerBy && !response.ended())) {
      connection.close();
      return;
    }
    if (response.ended()) {
      response = null;
    }
    loop.wheel().schedule(this, now + headMillis);
  }
}
