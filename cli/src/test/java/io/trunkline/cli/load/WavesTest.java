package io.trunkline.cli.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;

class WavesTest {
  private static final long SECOND = 1_000_000_000;

  private final Waves waves = new Waves(2);

  @Test
  void thoseWhoLeaveAGatewayOneAfterAnotherAreOneWave() {
    connect(0, 100);
    Waves.Wave first = waves.left(0, "close 4101", 10 * SECOND);
    Waves.Wave second = waves.left(0, "close 4101", 12 * SECOND);
    waves.returned(first, 1, 11 * SECOND);
    waves.returned(second, 1, 13 * SECOND);

    JsonObject wave = only();
    assertThat(wave.getString("gateway")).isEqualTo("a");
    assertThat(wave.getDouble("at")).isEqualTo(10);
    assertThat(wave.getInteger("connections")).isEqualTo(100);
    assertThat(wave.getDouble("planned_per_second")).isEqualTo(50);
    assertThat(wave.getInteger("returned")).isEqualTo(2);
    assertThat(wave.getInteger("most_returned_in_a_second")).isEqualTo(1);
    assertThat(wave.getDouble("seconds_until_last")).isEqualTo(3);
  }

  @Test
  void anotherGatewayAndALaterTimeAreOtherWaves() {
    connect(0, 2);
    connect(1, 1);
    waves.left(0, "close 4101", SECOND);
    waves.left(1, "close 4101", SECOND);
    waves.left(0, "close 4101", 5 * SECOND);
    assertThat(waves.json(0, 0, List.of("a", "b"))).hasSize(3);
  }

  @Test
  void worstSecondIsFoundWhereverItBegins() {
    connect(0, 4);
    long[] at = {1_000_000_000L, 1_900_000_000L, 2_100_000_000L, 2_800_000_000L};
    for (long time : at) {
      waves.returned(waves.left(0, "end of TCP", SECOND), 1, time);
    }
    assertThat(only().getInteger("most_returned_in_a_second")).isEqualTo(3);
    assertThat(waves.returnsBySecond(SECOND)).containsExactly(2, 2);
  }

  private void connect(int gateway, int count) {
    for (int i = 0; i < count; i++) {
      waves.arrived(gateway);
    }
  }

  private JsonObject only() {
    assertThat(waves.json(0, 2, List.of("a", "b"))).hasSize(1);
    return waves.json(0, 2, List.of("a", "b")).getJsonObject(0);
  }
}
