package io.trunkline.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Await;
import io.trunkline.testing.HttpAnswer;
import io.trunkline.testing.TestPostgres;
import io.trunkline.testing.WebSocketProbe;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every process is stopped and started again, one after another, under connections and traffic.
 * {@code make rolling CONNECTIONS=10000} for more than a build has time for.
 */
class RollingRestartTest {
  private static final Logger log = LoggerFactory.getLogger(RollingRestartTest.class);

  private static final int CONNECTIONS = Integer.getInteger("trunkline.connections", 300);
  private static final int DRAIN_SECONDS = Integer.getInteger("trunkline.drain.seconds", 3);
  private static final int GATEWAYS = 3;
  private static final int SERVICES = 2;
  private static final int DRAINING = 4101;

  /** What may be done in any second beyond the plan, by a machine that does not run evenly. */
  private static final double UNEVENNESS = 1.3;

  private static final Duration BACK_WITHIN = Duration.ofSeconds(30);

  private static String url;
  private static ProcessCluster cluster;

  @BeforeAll
  static void start() {
    url = TestPostgres.freshDatabase();
    cluster =
        new ProcessCluster(
                "rolling-" + UUID.randomUUID(),
                GATEWAYS,
                SERVICES,
                url,
                Map.of(
                    "TRUNKLINE_DRAIN_SECONDS", String.valueOf(DRAIN_SECONDS),
                    "TRUNKLINE_REQUEST_RATE", "100000",
                    "TRUNKLINE_REQUEST_BURST", "100000"))
            .start();
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @Test
  void everyProcessIsRestartedInTurnAndNobodyLosesAnything() {
    List<Integer> ports = IntStream.range(0, GATEWAYS).mapToObj(cluster::httpPort).toList();
    List<String> uris = IntStream.range(0, GATEWAYS).mapToObj(cluster::wsUri).toList();
    try (Crowd crowd = Crowd.joinToStay("rolling", CONNECTIONS, url, ports, GATEWAYS);
        Traffic traffic =
            Traffic.start(uris, new ServerApi(cluster.httpPort(0)), "rolling-traffic", 6)) {
      cluster.services().forEach(service -> restart(service, crowd));
      cluster.gateways().forEach(gateway -> restart(gateway, crowd));
      traffic.progress(20);

      traffic.finish().assertNothingLostOrRepeated();
      assertThat(traffic.errors())
          .as("error frames: %s", traffic)
          .allMatch(error -> error.contains("\"retryable\":true"));
      log.info(
          "rolling_traffic rounds={} errors={} connections_lost={} slowest_millis={}",
          traffic.rounds(),
          traffic.errors().size(),
          traffic.lost().size(),
          traffic.slowestMillis());
    }
  }

  /** Those who are connected to it come back at the planned rate, and nobody else has to. */
  private static void restart(NodeProcess node, Crowd crowd) {
    long there = crowd.members().stream().filter(member -> isAt(node, member)).count();
    crowd.returns().reset();
    long begun = System.nanoTime();
    node.beginStop();
    if (there > 0) {
      expectRefusal(node);
    }
    assertThat(node.terminate()).as("exit code of %s", node.name()).isZero();
    long stopped = millisSince(begun);
    Await.until(() -> crowd.present() == CONNECTIONS, BACK_WITHIN, "everybody is back");
    long back = millisSince(begun);
    node.start();
    node.awaitReady();

    Returns returns = crowd.returns();
    double planned = (double) there / DRAIN_SECONDS;
    log.info(
        "rolling_restart node={} connections={} planned_per_second={} most_in_a_second={} "
            + "returns={} ends={} millis_until_stopped={} millis_until_back={}",
        cluster.roleOf(node),
        there,
        (int) planned,
        returns.mostInASecond(),
        returns.count(),
        returns.ends(),
        stopped,
        back);
    assertThat(returns.ends())
        .as("how connections ended")
        .isEqualTo(there == 0 ? Map.of() : Map.of(DRAINING, (int) there));
    assertThat(returns.mostInASecond())
        .as("most in a second, planned are %s", planned)
        .isLessThanOrEqualTo((int) Math.ceil(UNEVENNESS * planned));
  }

  /** While it drains: who balances is told, and so is who comes nevertheless. */
  private static void expectRefusal(NodeProcess gateway) {
    Await.until(() -> gateway.health("ready") == 503, gateway.name() + " is not ready");
    HttpAnswer answer =
        WebSocketProbe.refused(cluster.wsUri(cluster.indexOf(gateway)), Map.of(), List.of());
    assertThat(answer.status()).as("%s", answer).isEqualTo(503);
    assertThat(answer.header("Retry-After")).as("%s", answer).isNotNull();
  }

  private static boolean isAt(NodeProcess node, CrowdMember member) {
    return cluster.gateways().contains(node) && member.at() == cluster.indexOf(node);
  }

  private static long millisSince(long begun) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
  }
}
