package io.trunkline.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusCodec;
import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.BusMessage.LogPage;
import io.trunkline.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.ReplyException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Reading the log through session services of which some do not answer. */
class LogClientTest {
  private static final LogPage PAGE = new LogPage(List.of(), 7);

  private final Vertx vertx = Vertx.vertx();
  private final AtomicInteger unanswered = new AtomicInteger();

  @BeforeEach
  void register() {
    BusCodec.register(vertx.eventBus());
  }

  @AfterEach
  void close() {
    Await.result(vertx.close());
  }

  @Test
  void anotherServiceIsAskedSoonWhereOneIsSilent() {
    silentService();
    vertx.eventBus().<BusMessage>consumer(Addresses.LOG, question -> question.reply(PAGE));

    for (int i = 0; i < 2; i++) {
      assertThat(Await.result(read(), Duration.ofSeconds(3))).isEqualTo(PAGE);
    }

    assertThat(unanswered.get()).isBetween(1, 2);
  }

  @Test
  void aSlowAnswerIsStillTaken() {
    vertx
        .eventBus()
        .<BusMessage>consumer(
            Addresses.LOG,
            question -> {
              if (unanswered.getAndIncrement() == 0) {
                vertx.setTimer(2500, timer -> question.reply(PAGE));
              }
            });

    assertThat(Await.result(read())).isEqualTo(PAGE);
    assertThat(unanswered.get()).isEqualTo(3);
  }

  @Test
  void nobodyThereIsToldAtOnce() {
    Future<LogPage> page = read();

    assertThatThrownBy(() -> Await.result(page, Duration.ofMillis(900)))
        .hasCauseInstanceOf(ReplyException.class);
  }

  private void silentService() {
    vertx.eventBus().<BusMessage>consumer(Addresses.LOG, question -> unanswered.incrementAndGet());
  }

  private Future<LogPage> read() {
    Promise<LogPage> page = Promise.promise();
    vertx.runOnContext(
        task ->
            new LogClient(new Questions(vertx, new Unanswered(vertx)))
                .read("user:bob", 3)
                .onComplete(page));
    return page.future();
  }
}
