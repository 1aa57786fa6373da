package io.trunkline.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Await;
import io.trunkline.testing.HttpAnswer;
import io.trunkline.testing.WebSocketProbe;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A gateway that has as many connections as it takes. */
class CapacityTest {
  private static final Duration HANDSHAKE = Duration.ofSeconds(4);

  @RegisterExtension
  static final Rig rig =
      new Rig("MAX_CONNECTIONS", "2", "MAX_CONNECTIONS_PER_ADDRESS", "3", "HANDSHAKE_SECONDS", "4");

  @Test
  void aFullGatewaySendsClientsElsewhereUntilOneLeaves() {
    WebSocketProbe first = rig.connect();
    rig.connect("/echo");
    HttpAnswer answer = rig.refused("/ws", Map.of());
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.json().getString("code")).isEqualTo("unavailable");
    assertThat(answer.header("retry-after")).matches("[0-9]+");
    first.abort();
    Await.until(() -> rig.gateway().connections() < 2, "one has gone");
    rig.connect();
  }

  @Test
  void connectionsOfAnAddressThatWaitAreCountedToo() {
    for (int i = 0; i < 3; i++) {
      rig.open();
    }
    Await.until(() -> rig.gateway().doors().waiting() == 3, "three wait");
    long start = System.nanoTime();
    assertThat(rig.open().ended()).isTrue();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(HANDSHAKE.dividedBy(2));
    Await.until(() -> rig.gateway().doors().waiting() == 0, "all of them are closed");
    rig.connect("/echo");
  }
}
