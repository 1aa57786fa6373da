package io.trunkline.cluster;

import io.trunkline.testing.Await;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;

/** Passes TCP connections to an address of this machine on to a port of 127.0.0.1. */
final class Relay {
  private final NetClient client;
  private final int port;
  private final NetServer server;

  private Relay(Vertx vertx, String host, int port) {
    this.client = vertx.createNetClient();
    this.port = port;
    this.server =
        Await.result(vertx.createNetServer().connectHandler(this::passOn).listen(0, host));
  }

  /** Listens on a free port of {@code host} until {@code vertx} is closed. */
  static Relay start(Vertx vertx, String host, int port) {
    return new Relay(vertx, host, port);
  }

  int port() {
    return server.actualPort();
  }

  private void passOn(NetSocket from) {
    from.pause();
    client
        .connect(port, "127.0.0.1")
        .onSuccess(
            to -> {
              pipe(from, to);
              pipe(to, from);
            })
        .onFailure(e -> from.close());
  }

  private static void pipe(NetSocket from, NetSocket to) {
    from.pipeTo(to).onFailure(e -> to.close());
  }
}
