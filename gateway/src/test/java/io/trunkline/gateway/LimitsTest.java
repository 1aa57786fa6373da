package io.trunkline.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Await;
import io.trunkline.testing.HttpAnswer;
import io.trunkline.testing.RawSocket;
import io.trunkline.testing.WebSocketProbe;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What settings forbid. */
class LimitsTest {
  private static final int MOST = 5;

  @RegisterExtension
  static final Rig rig =
      new Rig(
          "ECHO", "false", "MAX_CONNECTIONS_PER_ADDRESS", "" + MOST, "MAX_MESSAGE_BYTES", "1024");

  @Test
  void echoCanBeSwitchedOff() {
    HttpAnswer answer = rig.refused("/echo", Map.of());
    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.json().getString("code")).isEqualTo("not_found");
  }

  @Test
  void oneConnectionTooManyOfAnAddressIs429UntilOneLeaves() {
    List<WebSocketProbe> probes = new ArrayList<>();
    for (int i = 0; i < MOST; i++) {
      probes.add(rig.connect());
    }
    HttpAnswer answer = rig.refused("/ws", Map.of());
    assertThat(answer.status()).isEqualTo(429);
    assertThat(answer.json().getString("code")).isEqualTo("rate_limited");
    assertThat(answer.header("retry-after")).matches("[0-9]+");
    probes.get(0).abort();
    Await.until(() -> rig.gateway().connections() < MOST, "one has gone");
    rig.connect();
  }

  @Test
  void refusalsDoNotUseTheLimitUp() {
    for (int i = 0; i < 3 * MOST; i++) {
      rig.refused("/ws", Map.of("Authorization", "Bearer nobody"));
      rig.refused("/ws?since=x", Map.of());
      try (RawSocket socket = rig.open()) {
        assertThat(socket.handshake("/ws?since=%zz", Map.of()).status()).isEqualTo(400);
      }
      rig.refused("/echo", Map.of());
    }
    rig.connect();
  }

  @Test
  void theSizeOfAMessageIsASetting() {
    WebSocketProbe probe = rig.connect();
    probe.send("x".repeat(1024));
    assertThat(probe.expect("error").getString("code")).isEqualTo("bad_json");
    probe.send("x".repeat(1025));
    assertThat(probe.closeCode()).isEqualTo(1009);
  }
}
