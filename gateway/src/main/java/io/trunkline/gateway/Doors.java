package io.trunkline.gateway;

import io.trunkline.gateway.Handshake.UpgradeRefusal;
import io.trunkline.protocol.ErrorCode;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;

/**
 * How many may come in, on the whole gateway: TCP connections that are no WebSocket (yet), and
 * WebSockets, each in all and by address. Every table here has at most as many entries as there are
 * connections, and those have a bound. Any thread.
 */
final class Doors {
  /**
   * TCP connections that have not become a WebSocket. They stay a few seconds, or belong to a back
   * end that calls the server API; 4,096 are hundreds of new clients a second on a slow network.
   */
  private static final int MAX_WAITING = 4096;

  private final TrustedProxies proxies;
  private final boolean proxyProtocol;
  private final Capacity waiting = new Capacity(MAX_WAITING);
  private final Admission waitingByAddress;
  private final Capacity inside;
  private final Admission insideByAddress;

  Doors(GatewaySettings settings) {
    proxies = new TrustedProxies(settings.trustedProxies());
    proxyProtocol = settings.proxyProtocol();
    waitingByAddress = new Admission(settings.maxConnectionsPerAddress());
    inside = new Capacity(settings.maxConnections());
    insideByAddress = new Admission(settings.maxConnectionsPerAddress());
  }

  /**
   * Whether this connection may say whose it is by the PROXY protocol; if it must not, it has to be
   * closed, as anybody could write that header.
   */
  boolean believes(HttpConnection connection) {
    return !proxyProtocol || proxies.contains(connection.remoteAddress(true).hostAddress());
  }

  /** What a connection that waits is counted under; null for a proxy, which brings everybody's. */
  String waitingAddress(HttpConnection connection) {
    String peer = connection.remoteAddress().hostAddress();
    return proxies.contains(peer) ? null : TrustedProxies.countedAs(peer);
  }

  /**
   * A TCP connection has come; false where it must be closed at once. One that may stay has to
   * {@link #depart} once.
   *
   * @param address of {@link #waitingAddress}
   */
  boolean arrive(String address) {
    if (!waiting.enter()) {
      return false;
    }
    if (address == null || waitingByAddress.enter(address)) {
      return true;
    }
    waiting.leave();
    return false;
  }

  /** It has closed, or become a WebSocket. */
  void depart(String address) {
    waiting.leave();
    if (address != null) {
      waitingByAddress.leave(address);
    }
  }

  /** The address under which the client of this request is counted. */
  String clientOf(HttpServerRequest request) {
    String peer = request.remoteAddress().hostAddress();
    return TrustedProxies.countedAs(
        proxies.clientOf(peer, request.headers().getAll("X-Forwarded-For")));
  }

  /** Null where a WebSocket of this address may come in; then it has to {@link #leave} once. */
  UpgradeRefusal enter(String address) {
    if (!inside.enter()) {
      return UpgradeRefusal.unavailable("this gateway has as many connections as it takes");
    }
    if (insideByAddress.enter(address)) {
      return null;
    }
    inside.leave();
    return new UpgradeRefusal(
        429, ErrorCode.RATE_LIMITED.wireName(), "too many connections from this address");
  }

  void leave(String address) {
    inside.leave();
    insideByAddress.leave(address);
  }

  /** Whether no WebSocket is counted; for tests. */
  boolean isEmpty() {
    return inside.taken() == 0 && insideByAddress.isEmpty();
  }

  /** TCP connections that are no WebSocket. */
  int waiting() {
    return (int) waiting.taken();
  }
}
