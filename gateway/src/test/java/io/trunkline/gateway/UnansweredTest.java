package io.trunkline.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.trunkline.node.Tracing;
import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusCodec;
import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.BusMessage.Done;
import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.BusMessage.Request;
import io.trunkline.testing.Await;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A node dies that had requests in hand: others are asked before anybody's time is up. */
class UnansweredTest {
  /** Less than an attempt, or the time after which another service is asked anyway. */
  private static final Duration SOON = Duration.ofMillis(900);

  private final Vertx vertx = Vertx.vertx();

  /** The one event loop that all of it is confined to. */
  private final Context context = vertx.getOrCreateContext();

  private final Unanswered unanswered = new Unanswered(vertx);
  private final List<Message<BusMessage>> asked = new CopyOnWriteArrayList<>();

  @BeforeEach
  void register() {
    BusCodec.register(vertx.eventBus());
    for (String address : List.of(Addresses.message("hello"), Addresses.LOG)) {
      vertx.eventBus().<BusMessage>consumer(address, asked::add);
    }
  }

  @AfterEach
  void close() {
    Await.result(vertx.close());
  }

  @Test
  void aRequestIsTriedAgainWithTheNextAttemptsNumber() {
    Future<Reply> answer = onContext(this::request);
    awaitAsked(1);
    loseNode();
    awaitAsked(2);
    assertThat(((Request) asked.get(1).body()).attempt()).isEqualTo(2);
    asked.get(1).reply(Reply.NOTHING);
    assertThat(Await.result(answer)).isEqualTo(Reply.NOTHING);
  }

  @Test
  void theFirstAttemptsAnswerIsStillTaken() {
    Future<Reply> answer = onContext(this::request);
    awaitAsked(1);
    loseNode();
    awaitAsked(2);
    asked.get(0).reply(Reply.NOTHING);
    assertThat(Await.result(answer, SOON)).isEqualTo(Reply.NOTHING);
  }

  @Test
  void aRequestThatAnotherNodeAnswersMeanwhileIsNotRepeated() {
    Future<Reply> answer = onContext(this::request);
    awaitAsked(1);
    loseNode();
    asked.get(0).reply(Reply.NOTHING);
    Await.result(answer);
    Future<Void> later = vertx.timer(2 * Unanswered.GRACE_MILLIS).mapEmpty();
    Await.result(later);
    assertThat(asked).hasSize(1);
  }

  @Test
  void aQuestionAboutTheLogIsAskedAgain() {
    Future<BusMessage> answer =
        onContext(() -> new Questions(vertx, unanswered).ask(Addresses.LOG, new Done(), 4000));
    awaitAsked(1);
    loseNode();
    awaitAsked(2);
    asked.get(1).reply(new Done());
    assertThat(Await.result(answer)).isEqualTo(new Done());
  }

  private Future<Reply> request() {
    Inbound inbound =
        new Inbound(
            vertx,
            new RequestBatches(vertx, new Loop(vertx), 0),
            "g1",
            25,
            unanswered,
            new FrameCheck(new HandledTypes(vertx)),
            new RequestMeters(new SimpleMeterRegistry()),
            Tracing.off());
    long now = System.nanoTime() / 1_000_000;
    return inbound.ask("hello", "c-1", null, null, "{\"type\":\"hello\"}".getBytes(UTF_8), now);
  }

  private void loseNode() {
    onContext(
        () -> {
          unanswered.nodeLost();
          return Future.succeededFuture();
        });
  }

  private void awaitAsked(int times) {
    Await.until(() -> asked.size() >= times, SOON, "asked " + times + " times");
  }

  private <T> Future<T> onContext(Supplier<Future<T>> task) {
    Promise<T> done = Promise.promise();
    context.runOnContext(ignored -> task.get().onComplete(done));
    return done.future();
  }
}
