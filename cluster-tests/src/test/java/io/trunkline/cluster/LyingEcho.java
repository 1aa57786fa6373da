package io.trunkline.cluster;

import io.trunkline.testing.Await;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.ServerWebSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/** A server of {@code /echo} that does not do as it should, in a way that a test asks for. */
final class LyingEcho implements AutoCloseable {
  private final Vertx vertx = Vertx.vertx();
  private final HttpServer server;

  private LyingEcho(BiConsumer<Vertx, ServerWebSocket> behaviour) {
    this.server =
        Await.result(
            vertx
                .createHttpServer()
                .webSocketHandler(socket -> behaviour.accept(vertx, socket))
                .listen(0, "127.0.0.1"));
  }

  /** Of each ten texts of a connection it loses the fourth, repeats the sixth, swaps the last. */
  static LyingEcho losingRepeatingAndSwapping() {
    return new LyingEcho(
        (vertx, socket) -> {
          List<String> texts = new ArrayList<>();
          socket.textMessageHandler(
              text -> {
                texts.add(text);
                if (texts.size() == 10) {
                  for (int i : new int[] {0, 1, 2, 4, 5, 5, 6, 7, 9, 8}) {
                    socket.writeTextMessage(texts.get(i));
                  }
                  texts.clear();
                }
              });
        });
  }

  static LyingEcho silent() {
    return new LyingEcho((vertx, socket) -> socket.textMessageHandler(text -> {}));
  }

  /** Answers nothing between half a second and a second after it was first asked, then all. */
  static LyingEcho pausing() {
    List<Runnable> waiting = new ArrayList<>();
    boolean[] asked = {false};
    boolean[] pauses = {false};
    return new LyingEcho(
        (vertx, socket) ->
            socket.textMessageHandler(
                text -> {
                  if (!asked[0]) {
                    asked[0] = true;
                    vertx.setTimer(500, id -> pauses[0] = true);
                    vertx.setTimer(
                        1000,
                        id -> {
                          pauses[0] = false;
                          waiting.forEach(Runnable::run);
                        });
                  }
                  if (pauses[0]) {
                    waiting.add(() -> socket.writeTextMessage(text));
                  } else {
                    socket.writeTextMessage(text);
                  }
                }));
  }

  String url() {
    return "http://127.0.0.1:" + server.actualPort();
  }

  @Override
  public void close() {
    Await.result(vertx.close());
  }
}
