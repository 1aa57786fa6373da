package io.trunkline.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Await;
import io.trunkline.testing.HttpAnswer;
import io.trunkline.testing.WebSocketProbe;
import io.vertx.core.Context;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A gateway with more to do than it can. */
class OverloadTest {
  private static final long MAX_LAG_MILLIS = 500;
  private static final long BLOCKED_MILLIS = 1500;

  /** The least that there may be: 62 small requests. */
  private static final int MAX_UNANSWERED_BYTES = 65_536;

  private static final int ADMITTED = 62;

  private static final int CROWD = 80;

  /** Far below the time that a request may take. */
  private static final Duration AT_ONCE = Duration.ofSeconds(2);

  /** Those of {@link Nodes}. */
  private static final int EVENT_LOOPS = 2;

  @RegisterExtension
  static final Rig rig =
      new Rig(
          "MAX_LOOP_LAG_MILLIS", Long.toString(MAX_LAG_MILLIS),
          "MAX_UNANSWERED_BYTES", Integer.toString(MAX_UNANSWERED_BYTES));

  @Test
  void aLoopThatIsLateRefusesNewConnectionsAndKeepsThoseItHas() throws InterruptedException {
    WebSocketProbe alice = rig.login("alice");
    blockEveryLoop();
    HttpAnswer refusal = rig.refused("/ws", Map.of());
    assertThat(refusal.status()).isEqualTo(503);
    assertThat(refusal.header("retry-after")).matches("[0-9]+");
    assertThat(refusal.json().getString("code")).isEqualTo("unavailable");
    alice.expectNothing();
    Await.until(
        () -> {
          rig.connect();
          return true;
        },
        "it takes connections again");
  }

  @Test
  void whatNobodyAnswersIsBoundedAndTheRestRefusedAtOnce() {
    rig.service().answer("stuck", request -> ScriptedService.SILENCE);
    WebSocketProbe witness = rig.login("witness");
    List<WebSocketProbe> crowd = new ArrayList<>();
    for (int i = 0; i < CROWD; i++) {
      crowd.add(rig.login("crowd-" + i));
      crowd.get(i).send("{\"type\":\"stuck\",\"id\":\"c-" + i + "\"}");
    }
    Await.until(
        () -> crowd.stream().filter(c -> c.waiting() > 0).count() == CROWD - ADMITTED,
        AT_ONCE,
        "those are refused for whom there is no room");
    witness.send("{\"type\":\"echo\",\"id\":\"w-1\",\"content\":1}");
    JsonObject refusal = witness.next(AT_ONCE);
    assertThat(refusal.getString("code")).isEqualTo("unavailable");
    assertThat(refusal.getBoolean("retryable")).isTrue();
    assertThat(refusal.getString("id")).isEqualTo("w-1");
    witness.send("ping");
    assertThat(witness.nextMessage(AT_ONCE).text()).isEqualTo("pong");

    crowd.forEach(client -> assertThat(client.next().getString("code")).isEqualTo("unavailable"));
    Await.until(() -> rig.gateway().unanswered().taken() == 0, "nothing is counted any more");
    witness.send("{\"type\":\"echo\",\"content\":1}");
    witness.expect("echo");
  }

  @Test
  void whoLeavesBeforeTheAnswerIsCountedNoMoreThanItTakes() {
    rig.service().answer("stuck", request -> ScriptedService.SILENCE);
    WebSocketProbe alice = rig.login("alice");
    for (int i = 0; i < 5; i++) {
      alice.send("{\"type\":\"stuck\"}");
    }
    Await.until(() -> rig.gateway().unanswered().taken() > 5 * 1024, "all five are counted");
    alice.abort();
    Await.until(() -> rig.gateway().unanswered().taken() == 0, "nothing is counted any more");
  }

  /** Returns when all of them stand still. */
  private static void blockEveryLoop() throws InterruptedException {
    CountDownLatch blocked = new CountDownLatch(EVENT_LOOPS);
    for (int i = 0; i < EVENT_LOOPS; i++) {
      Context loop = ((VertxInternal) rig.nodes().gateway().vertx()).createEventLoopContext();
      loop.runOnContext(
          task -> {
            blocked.countDown();
            stand();
          });
    }
    assertThat(blocked.await(BLOCKED_MILLIS, TimeUnit.MILLISECONDS)).isTrue();
  }

  private static void stand() {
    try {
      TimeUnit.MILLISECONDS.sleep(BLOCKED_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
