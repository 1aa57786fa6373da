package io.trunkline.gateway;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.RawSocket;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What clients say of their address who are no trusted proxy. */
class UntrustedProxyTest {
  private static final String OTHERS = "192.0.2.0/24";

  @Nested
  class OverHttp {
    @RegisterExtension
    static final Rig rig = new Rig("TRUSTED_PROXIES", OTHERS, "MAX_CONNECTIONS_PER_ADDRESS", "1");

    @Test
    void clientsThatAreNoProxyCannotChooseTheirAddress() {
      rig.connect("/ws", Map.of("X-Forwarded-For", "192.0.2.1"));
      assertThat(rig.refused("/ws", Map.of("X-Forwarded-For", "192.0.2.2")).status())
          .isEqualTo(429);
    }
  }

  @Nested
  class OverTheProxyProtocol {
    @RegisterExtension
    static final Rig rig = new Rig("TRUSTED_PROXIES", OTHERS, "PROXY_PROTOCOL", "true");

    @Test
    void whoIsNoTrustedProxyIsClosedWhateverItSays() {
      RawSocket socket = rig.open();
      socket.send("PROXY TCP4 192.0.2.1 127.0.0.1 50000 8080\r\n".getBytes(US_ASCII));
      assertThat(socket.ended()).isTrue();
    }
  }
}
