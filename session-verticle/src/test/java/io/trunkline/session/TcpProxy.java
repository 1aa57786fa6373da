package io.trunkline.session;

import io.trunkline.testing.Await;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Between a store and its Postgres: can go deaf, so that connections stay and nothing comes, and
 * can hang up. Connections that were swallowed stay so for good.
 */
final class TcpProxy implements AutoCloseable {
  private final NetServer server;
  private final URI target;
  private final Set<NetSocket> sockets = ConcurrentHashMap.newKeySet();
  private volatile boolean deaf;

  private TcpProxy(Vertx vertx, URI target) {
    this.target = target;
    this.server =
        vertx
            .createNetServer()
            .connectHandler(
                client -> {
                  sockets.add(client);
                  client.closeHandler(v -> sockets.remove(client));
                  client.handler(swallowed -> {});
                  if (!deaf) {
                    client.pause();
                    vertx
                        .createNetClient()
                        .connect(target.getPort(), target.getHost())
                        .onSuccess(upstream -> join(client, upstream))
                        .onFailure(failure -> hangUp(client));
                  }
                });
  }

  static TcpProxy before(Vertx vertx, String url) {
    TcpProxy proxy = new TcpProxy(vertx, URI.create(url));
    Await.result(proxy.server.listen(0, "127.0.0.1"));
    return proxy;
  }

  /** The database's URL by way of this proxy. */
  String url() {
    return target.toString().replace(target.getHost() + ":" + target.getPort(), address());
  }

  void goDeaf() {
    deaf = true;
  }

  /** New connections get through; those that were swallowed do not. */
  void hearNewOnes() {
    deaf = false;
  }

  void hangUpAll() {
    sockets.forEach(TcpProxy::hangUp);
  }

  int connections() {
    return sockets.size();
  }

  private String address() {
    return "127.0.0.1:" + server.actualPort();
  }

  private void join(NetSocket client, NetSocket upstream) {
    boolean[] swallowed = {false};
    client.handler(
        data -> {
          swallowed[0] |= deaf;
          if (!swallowed[0]) {
            upstream.write(data).onFailure(failure -> hangUp(client));
          }
        });
    upstream.handler(
        data -> {
          swallowed[0] |= deaf;
          if (!swallowed[0]) {
            client.write(data).onFailure(failure -> hangUp(upstream));
          }
        });
    client.closeHandler(
        v -> {
          sockets.remove(client);
          hangUp(upstream);
        });
    upstream.closeHandler(v -> hangUp(client));
    client.resume();
  }

  private static void hangUp(NetSocket socket) {
    socket.close().onFailure(failure -> {});
  }

  @Override
  public void close() {
    Await.result(server.close());
  }
}
