package io.trunkline.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.protocol.Addresses;
import io.trunkline.testing.Await;
import io.trunkline.testing.HttpAnswer;
import io.trunkline.testing.WebSocketProbe;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A gateway that no session service answers serves nobody by halves. */
class CutOffTest {
  private static final String DIRECTORY = Addresses.directory("s1");

  /** Of silence, after which clients are sent away. */
  private static final Duration SILENCE = Duration.ofSeconds(10);

  /** It looks once a second, on a busy machine. */
  private static final Duration NOTICED = SILENCE.plusSeconds(5);

  @RegisterExtension static final Rig rig = new Rig();

  @Test
  void afterTenSecondsItsClientsAreSentAwayAndNobodyIsTakenInUntilOneAnswers() {
    WebSocketProbe alice = rig.login("alice");
    WebSocketProbe nobody = rig.connect();
    assertThat(rig.gateway().isConnected()).isTrue();
    long start = System.nanoTime();
    rig.service().answerAt(DIRECTORY, message -> ScriptedService.SILENCE);

    Await.until(() -> !rig.gateway().isConnected(), SILENCE, "it is not ready");
    assertThat(alice.isOpen()).isTrue();
    assertThat(alice.closeCode(NOTICED)).isEqualTo(4100);
    assertThat(System.nanoTime() - start)
        .as("those that are replaced within seconds cost nobody the connection")
        .isGreaterThan(SILENCE.toNanos() - TimeUnit.SECONDS.toNanos(1));
    assertThat(nobody.closeCode()).isIn(4100, 4002);
    HttpAnswer refusal =
        rig.refused("/ws", Map.of("Authorization", "Bearer " + rig.service().session("bob")));
    assertThat(refusal.status()).isEqualTo(503);
    assertThat(refusal.header("retry-after")).matches("[0-9]+");

    rig.service().reset();
    Await.until(() -> rig.gateway().isConnected(), "it is ready again");
    rig.login("bob").expectNothing();
  }
}
