package io.trunkline.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DrainingTest {
  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void close() {
    Await.result(vertx.close());
  }

  @Test
  void onlyTheDrainThatWasNotTakenBackIsSaidToBeDone() {
    Draining draining = new Draining(vertx, List.of(), 1);
    try (LogLines lines = LogLines.of(Draining.class)) {
      Future<Void> takenBack = draining.begin();
      assertThat(draining.end()).isTrue();
      Future<Void> kept = draining.begin();
      Await.result(takenBack);
      Await.result(kept);
      lines.await("drain_done connections=0");
      assertThat(lines.all().stream().filter(line -> line.startsWith("drain_done"))).hasSize(1);
    }
  }

  @Test
  void whoStopsForGoodTakesNoClientsAgain() {
    Draining draining = new Draining(vertx, List.of(), 1);
    Await.result(draining.beginForGood());
    assertThat(draining.end()).isFalse();
    assertThat(draining.isOn()).isTrue();
  }
}
