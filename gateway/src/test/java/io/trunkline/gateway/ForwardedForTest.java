package io.trunkline.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code X-Forwarded-For} of a proxy that is trusted. */
class ForwardedForTest {
  @RegisterExtension
  static final Rig rig =
      new Rig("TRUSTED_PROXIES", "127.0.0.1,10.0.0.0/8", "MAX_CONNECTIONS_PER_ADDRESS", "1");

  private static Map<String, String> forwardedFor(String addresses) {
    return Map.of("X-Forwarded-For", addresses);
  }

  @Test
  void clientsOfATrustedProxyAreCountedByTheirOwnAddress() {
    rig.connect("/ws", forwardedFor("192.0.2.1"));
    rig.connect("/ws", forwardedFor("192.0.2.2, 10.1.2.3"));
    assertThat(rig.refused("/ws", forwardedFor("192.0.2.2")).status()).isEqualTo(429);
  }

  @Test
  void whatTheClientWroteItselfIsNotBelieved() {
    rig.connect("/ws", forwardedFor("192.0.2.3"));
    assertThat(rig.refused("/ws", forwardedFor("198.51.100.1, 192.0.2.3")).status()).isEqualTo(429);
  }
}
