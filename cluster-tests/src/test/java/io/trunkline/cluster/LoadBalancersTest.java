package io.trunkline.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Await;
import io.trunkline.testing.HttpAnswer;
import io.trunkline.testing.Ports;
import io.trunkline.testing.RawSocket;
import io.trunkline.testing.TestPostgres;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two gateways as processes behind each load balancer that {@code deploy} has a configuration for,
 * the program as Debian has it. Skipped where it is not installed, but not in CI.
 */
class LoadBalancersTest {
  private static final int MOST_OF_AN_ADDRESS = 30;

  /** Two health checks, and a busy machine. */
  private static final Duration SERVES_AGAIN = Duration.ofSeconds(20);

  @TempDir static Path directory;
  private static ProcessCluster cluster;

  @BeforeAll
  static void start() {
    cluster =
        new ProcessCluster(
                "balanced-" + UUID.randomUUID(),
                2,
                1,
                TestPostgres.freshDatabase(),
                Map.of(
                    "TRUNKLINE_DRAIN_SECONDS", "2",
                    "TRUNKLINE_TRUSTED_PROXIES", "127.0.0.1",
                    "TRUNKLINE_MAX_CONNECTIONS_PER_ADDRESS", String.valueOf(MOST_OF_AN_ADDRESS),
                    "TRUNKLINE_REQUEST_RATE", "100000",
                    "TRUNKLINE_REQUEST_BURST", "100000"))
            .start();
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"haproxy", "nginx"})
  void eachGatewayIsTakenAwayInTurnAndNothingAckedIsLost(String program) {
    try (ProxyProcess proxy = proxy(program);
        Newcomers newcomers = Newcomers.start(proxy.port());
        Traffic traffic = traffic(program, proxy)) {
      for (int gateway = 0; gateway < 2; gateway++) {
        assertThat(cluster.gateways().get(gateway).terminate()).as("exit code").isZero();
        traffic.progress(20);
        comeBack(gateway, proxy);
      }
      assertThat(traffic.lost()).as("how connections ended").anyMatch(end -> end.contains("4101"));
      for (int gateway = 0; gateway < 2; gateway++) {
        cluster.gateways().get(gateway).kill();
        traffic.progress(20);
        comeBack(gateway, proxy);
      }
      traffic.finish().assertNothingLostOrRepeated();
      assertThat(traffic.errors()).as("error frames: %s", traffic).isEmpty();
      assertThat(newcomers.letIn()).as("newcomers").isPositive();
      assertThat(newcomers.refused()).as("of %d newcomers", newcomers.letIn()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"haproxy", "nginx"})
  void connectionsAreCountedByTheAddressOfTheClientWhateverItClaims(String program)
      throws IOException {
    List<RawSocket> open = new ArrayList<>();
    try (ProxyProcess proxy = proxy(program)) {
      HttpAnswer last;
      do {
        RawSocket socket = from("127.0.0.9", proxy);
        open.add(socket);
        last = socket.handshake("/echo", Map.of("X-Forwarded-For", "10.1.1." + open.size()));
      } while (last.status() == 101 && open.size() <= 2 * MOST_OF_AN_ADDRESS);
      assertThat(last.status()).as("the last of %d: %s", open.size(), last).isEqualTo(429);
      assertThat(open).as("of one address").hasSizeGreaterThan(MOST_OF_AN_ADDRESS);

      RawSocket other = from("127.0.0.10", proxy);
      open.add(other);
      assertThat(other.handshake("/echo", Map.of()).status()).as("of another").isEqualTo(101);
    } finally {
      open.forEach(RawSocket::close);
    }
  }

  private static RawSocket from(String address, ProxyProcess proxy) throws IOException {
    InetAddress local = InetAddress.getByName(address);
    return RawSocket.over(new Socket(InetAddress.getLoopbackAddress(), proxy.port(), local, 0));
  }

  private static void comeBack(int gateway, ProxyProcess proxy) {
    NodeProcess node = cluster.gateways().get(gateway);
    node.start();
    node.awaitReady();
    String session = new ServerApi(cluster.httpPort(gateway)).login("whoever");
    Await.until(
        () -> {
          try (Client client = Client.connect(proxy.uri("/ws"), session)) {
            return cluster.roleOf(node).equals(client.session().getString("node"));
          }
        },
        SERVES_AGAIN,
        "clients come to " + node.name() + " again");
  }

  private static Traffic traffic(String name, ProxyProcess proxy) {
    return Traffic.start(List.of(proxy.uri("/ws")), new ServerApi(cluster.httpPort(1)), name, 4);
  }

  private static ProxyProcess proxy(String program) {
    ProxyProcess.assumeInstalled(program);
    int port = Ports.free();
    ProxyConfig config =
        program.equals("haproxy")
            ? ProxyConfig.of(program, "haproxy.cfg").listening(80, port)
            : ProxyConfig.of(program, "nginx.conf").listening(80, port).keepingFilesIn(directory);
    for (int i = 0; i < 2; i++) {
      config = config.gateway(i, cluster.httpPort(i), cluster.gateways().get(i).managementPort());
    }
    return ProxyProcess.start(directory, config, port);
  }
}
