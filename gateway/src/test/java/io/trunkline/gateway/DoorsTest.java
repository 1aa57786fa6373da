package io.trunkline.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class DoorsTest {
  /** As docs/limits.md says. */
  private static final int MOST_WAITING = 4_096;

  @Test
  void whatIsNoWebSocketIsBoundedFromHoweverManyAddressesItComes() {
    Doors doors = new Doors(GatewaySettings.of(Map.of()));
    for (int i = 0; i < MOST_WAITING; i++) {
      assertThat(doors.arrive("10.0." + i / 256 + "." + i % 256)).isTrue();
    }
    assertThat(doors.arrive("10.1.0.0")).isFalse();
    doors.depart("10.0.0.0");
    assertThat(doors.arrive("10.1.0.0")).isTrue();
    assertThat(doors.waiting()).isEqualTo(MOST_WAITING);
  }
}
