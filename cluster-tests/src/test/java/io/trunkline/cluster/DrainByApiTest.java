package io.trunkline.cluster;

import static io.trunkline.cluster.FrameAssert.assertFrame;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.cluster.LocalCluster.LocalGateway;
import io.trunkline.testing.Await;
import io.trunkline.testing.WebSocketProbe;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** An operator takes a gateway out of service and back, by the server API of another. */
class DrainByApiTest {
  @RegisterExtension static final LocalCluster cluster = LocalCluster.of(2, 1);

  private static ServerApi api() {
    return cluster.gateway(0).api();
  }

  @Test
  void drainedGatewaySendsItsClientsAwayAndTakesNoneUntilToldOtherwise() {
    LocalGateway other = cluster.gateway(1);
    String name = other.node().name();
    Client stays = cluster.client(0, "adam");
    Client goes = cluster.client(1, "eve");
    assertFrame(api().drain(name).json()).has("draining", true).has("connections", 1);
    assertThat(goes.closeCode()).isEqualTo(4101);
    assertThat(other.gateway().isDraining()).isTrue();
    assertThat(WebSocketProbe.refused(other.wsUri(), Map.of(), List.of()).status()).isEqualTo(503);
    assertThat(api().drain(name).status()).as("once more").isEqualTo(200);
    assertFrame(stays.ask("echo", "content", 1)).has("content", 1);
    Await.until(() -> other.gateway().connections() == 0, "nobody is left");

    assertFrame(api().undrain(name).json()).has("draining", false).has("connections", 0);
    Client back = cluster.client(1, "eve");
    assertFrame(back.ask("echo", "content", 2)).has("content", 2);
  }

  /** Forty go over four seconds: most are there when it is taken back. */
  @Test
  void drainThatIsTakenBackLeavesThoseWhoAreStillThere() {
    LocalGateway other = cluster.gateway(1);
    String echo = "ws://127.0.0.1:" + other.gateway().port() + "/echo";
    List<WebSocketProbe> probes =
        IntStream.range(0, 40).mapToObj(i -> WebSocketProbe.connect(echo)).toList();
    for (int round = 0; round < 2; round++) {
      api().drain(other.node().name());
      api().undrain(other.node().name());
    }
    long takenBack = System.nanoTime();
    Await.until(
        () -> System.nanoTime() - takenBack > Duration.ofSeconds(5).toNanos(),
        "the rest of the drain's time has passed");
    assertThat(other.gateway().connections()).isGreaterThan(10);
    probes.forEach(WebSocketProbe::close);
  }

  @Test
  void onlyGatewaysCanBeDrained() {
    assertThat(api().drain("nobody").status()).isEqualTo(404);
    assertThat(api().drain(cluster.service(0).node().name()).status()).isEqualTo(404);
  }
}
