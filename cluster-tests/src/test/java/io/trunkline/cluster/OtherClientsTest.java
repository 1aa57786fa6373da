package io.trunkline.cluster;

import io.trunkline.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.Checkpoint;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A client that we did not write, Vert.x' own, holds the conversation too. */
@ExtendWith(VertxExtension.class)
class OtherClientsTest {
  @RegisterExtension static final LocalCluster cluster = LocalCluster.of(2, 1);

  private final List<WebSocket> open = new CopyOnWriteArrayList<>();

  @AfterEach
  void close() {
    Await.result(Future.join(open.stream().map(WebSocket::close).toList()));
  }

  @Test
  void vertxClientsTalkAcrossGateways(Vertx vertx, VertxTestContext test) {
    Checkpoint bobIsValid = test.checkpoint();
    Checkpoint aliceIsAcked = test.checkpoint();
    Checkpoint bobHasRead = test.checkpoint();
    connect(
            vertx,
            1,
            "bob",
            frame -> ("session".equals(frame.getString("type")) ? bobIsValid : bobHasRead).flag())
        .compose(
            bob ->
                connect(
                    vertx,
                    0,
                    "alice",
                    frame -> {
                      if ("ack".equals(frame.getString("type"))) {
                        aliceIsAcked.flag();
                      }
                    }))
        .compose(
            alice ->
                alice.writeTextMessage(
                    Client.frame("private_message", "id", "1", "receiver", "bob", "message", "hi")
                        .encode()))
        .onFailure(test::failNow);
  }

  private Future<WebSocket> connect(
      Vertx vertx, int gateway, String user, Consumer<JsonObject> frames) {
    LocalCluster.LocalGateway to = cluster.gateway(gateway);
    return vertx
        .createWebSocketClient()
        .webSocket()
        .textMessageHandler(text -> frames.accept(new JsonObject(text)))
        .connect(
            new WebSocketConnectOptions()
                .setHost("127.0.0.1")
                .setPort(to.gateway().port())
                .setURI("/ws")
                .addHeader("Authorization", "Bearer " + to.api().login(user)))
        .onSuccess(open::add);
  }
}
