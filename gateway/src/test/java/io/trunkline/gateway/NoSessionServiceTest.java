package io.trunkline.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.protocol.Addresses;
import io.trunkline.testing.HttpAnswer;
import io.trunkline.testing.WebSocketProbe;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** While no session service is there, whatever needs one is unavailable, and then it is not. */
class NoSessionServiceTest {
  /** The protocol promises 5 s; one more for a busy machine. */
  private static final Duration WITHIN = Duration.ofSeconds(6);

  @RegisterExtension static final Rig rig = new Rig();

  @Test
  void whatNeedsOneIsUnavailableInTimeAndHealsByItself() {
    WebSocketProbe alice = rig.login("alice");
    WebSocketProbe nobody = rig.connect();
    String bob = rig.service().session("bob");
    rig.service()
        .without(
            List.of(Addresses.message("session"), Addresses.message("echo"), Addresses.SESSIONS),
            () -> askWithout(alice, nobody, bob));
    alice.send("{\"type\":\"echo\",\"content\":1}");
    alice.expect("echo");
    assertThat(nobody.session(bob).getString("status")).isEqualTo("valid");
  }

  /** A service that starts is seen for some types before others. */
  @Test
  void aTypeThatWasHandledIsAwayForNowAndNotUnknownThoughAServiceAnswers() {
    WebSocketProbe alice = rig.login("alice");
    alice.send("{\"type\":\"echo\",\"content\":1}");
    alice.expect("echo");
    rig.service()
        .without(
            List.of(Addresses.message("echo")),
            () -> {
              alice.send("{\"type\":\"echo\",\"id\":\"c-1\",\"content\":1}");
              JsonObject error = alice.expect("error");
              assertThat(error.getString("code")).isEqualTo("unavailable");
              assertThat(error.getBoolean("retryable")).isTrue();
            });
  }

  private static void askWithout(WebSocketProbe alice, WebSocketProbe nobody, String bob) {
    long start = System.nanoTime();
    CompletableFuture<HttpAnswer> handshake =
        CompletableFuture.supplyAsync(
            () -> rig.refused("/ws", Map.of("Authorization", "Bearer " + bob)));
    alice.send("{\"type\":\"echo\",\"id\":\"c-1\",\"content\":1}");
    nobody.send(new JsonObject().put("type", "session").put("session_id", bob));
    JsonObject error = alice.expect("error");
    assertThat(error.getString("code")).isEqualTo("unavailable"); // and not unknown_type
    assertThat(error.getString("id")).isEqualTo("c-1");
    assertThat(error.getBoolean("retryable")).isTrue();
    assertThat(nobody.expect("error").getString("code")).isEqualTo("unavailable");
    HttpAnswer refusal = handshake.join();
    assertThat(refusal.status()).isEqualTo(503);
    assertThat(refusal.header("retry-after")).matches("[0-9]+");
    assertThat(refusal.json().getString("code")).isEqualTo("unavailable");
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(WITHIN);
    alice.expectNothing();
  }
}
