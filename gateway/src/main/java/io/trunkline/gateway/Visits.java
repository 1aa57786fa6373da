package io.trunkline.gateway;

import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import java.util.IdentityHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP connections of one event loop that are no WebSockets. Their number is bounded by {@link
 * Doors}. Confined to its event loop.
 */
final class Visits {
  private static final Logger log = LoggerFactory.getLogger(Visits.class);

  private final Doors doors;
  private final Loop loop;
  private final int handshakeSeconds;
  private final IdentityHashMap<HttpConnection, Visit> visits = new IdentityHashMap<>();

  Visits(Doors doors, Loop loop, int handshakeSeconds) {
    this.doors = doors;
    this.loop = loop;
    this.handshakeSeconds = handshakeSeconds;
  }

  /** A connection has come, over TLS after its handshake. */
  void arrived(HttpConnection connection) {
    // A client that is gone, or never spoke HTTP, is nothing to log an error for.
    connection.exceptionHandler(failure -> log.debug("http_connection_failed", failure));
    String address = doors.waitingAddress(connection);
    if (!doors.believes(connection) || !doors.arrive(address)) {
      connection.close();
      return;
    }
    visits.put(connection, new Visit(connection, address, loop, handshakeSeconds));
    connection.closeHandler(closed -> over(connection));
  }

  void asked(HttpServerRequest request) {
    Visit visit = visits.get(request.connection());
    if (visit != null) {
      visit.asked(request);
    }
  }

  /** The connection has closed, or has become a WebSocket. */
  void over(HttpConnection connection) {
    Visit visit = visits.remove(connection);
    if (visit != null) {
      visit.over();
      doors.depart(visit.address());
    }
  }
}
