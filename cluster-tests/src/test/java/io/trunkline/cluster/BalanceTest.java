package io.trunkline.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.cluster.LocalCluster.LocalGateway;
import io.trunkline.testing.Await;
import io.trunkline.testing.Ports;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Gateways that hand connections over to one that has joined, where they were told to. */
class BalanceTest {
  private static final int CONNECTIONS = 120;
  private static final int MOVED = 4200;

  /** Nobody is moved sooner after coming; then two words of every gateway, on a busy machine. */
  private static final Duration WOULD_HAVE_BEGUN = Duration.ofSeconds(20 + 7);

  private static final Duration EVEN_WITHIN = Duration.ofSeconds(30);

  @RegisterExtension static final LocalCluster cluster = LocalCluster.of(0, 1);

  @Test
  void clientsMoveToAGatewayThatJoinsOnceAllKeepEachOtherEven() {
    List<Integer> ports = Ports.free(3);
    addGateway(ports.get(0), 20);
    addGateway(ports.get(1), 20);
    LocalGateway stranger = addGateway(ports.get(2), 0);
    List<String> uris = cluster.gateways().stream().map(LocalGateway::wsUri).toList();
    try (Crowd crowd = Crowd.joinToStay("even", CONNECTIONS, cluster.databaseUrl(), ports, 2);
        Traffic traffic = Traffic.start(uris, cluster.gateway(0).api(), "even-traffic", 3)) {
      long came = System.nanoTime();
      Await.until(() -> isLater(came, WOULD_HAVE_BEGUN), EVEN_WITHIN, "they could have begun");
      assertThat(crowd.returns().ends()).as("with a gateway that does not take part").isEmpty();

      cluster.remove(stranger);
      LocalGateway late = addGateway(ports.get(2), 20);
      Await.until(() -> isEven(crowd), EVEN_WITHIN, "gateways are even");
      assertThat(late.gateway().connections()).isPositive();
      traffic.progress(20);
      traffic.finish().assertNothingLostOrRepeated();

      assertThat(crowd.returns().ends()).as("how connections ended").containsOnlyKeys(MOVED);
      assertThat(crowd.members()).as("moves of one").allMatch(member -> member.lives() <= 2);
    }
  }

  private static boolean isLater(long than, Duration by) {
    return System.nanoTime() - than > by.toNanos();
  }

  /** Each within a tenth of its share of all, those of the traffic too; and all are back. */
  private static boolean isEven(Crowd crowd) {
    List<Integer> counts =
        cluster.gateways().stream().map(gateway -> gateway.gateway().connections()).toList();
    double mean = counts.stream().mapToInt(Integer::intValue).average().orElseThrow();
    return crowd.present() == CONNECTIONS
        && counts.stream().allMatch(count -> Math.abs(count - mean) <= mean / 10 + 1);
  }

  private static LocalGateway addGateway(int port, int perSecond) {
    return cluster.addGateway(
        Map.of(
            "TRUNKLINE_HTTP_PORT", String.valueOf(port),
            "TRUNKLINE_BALANCE_PER_SECOND", String.valueOf(perSecond)));
  }
}
