package io.trunkline.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.trunkline.cluster.LocalCluster.LocalGateway;
import io.trunkline.testing.Await;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A client whose network is gone: no FIN, no reset, nothing. The client is a process in a network
 * namespace of its own; skipped where there can be none.
 */
class CablePulledTest {
  private static final int HEARTBEAT_SECONDS = 2;
  private static final int PONG_SECONDS = 2;
  private static final int NO_PONG = 4201;

  /** Long enough to be taken for dead, were it not for the pongs. */
  private static final Duration SILENCE = Duration.ofSeconds(HEARTBEAT_SECONDS + PONG_SECONDS + 2);

  /** On a busy machine, a JVM that starts. */
  private static final Duration START = Duration.ofSeconds(30);

  /** Ping and pong, 3 s for a Close frame that nobody answers, and a busy machine. */
  private static final Duration NOTICED =
      Duration.ofSeconds(HEARTBEAT_SECONDS + PONG_SECONDS + 3 + 3);

  @RegisterExtension static final LocalCluster cluster = LocalCluster.of(0, 1);

  @Test
  void aClientWhoseCableIsPulledIsNoticedByItsMissingPong() throws Exception {
    Optional<String> missing = Network.whatIsMissing();
    assumeTrue(missing.isEmpty(), () -> missing.orElse(""));
    try (Network network = Network.open()) {
      Site site = network.site("client");
      LocalGateway gateway =
          cluster.addGateway(
              Map.of(
                  "TRUNKLINE_HTTP_HOST", network.gateway(),
                  "TRUNKLINE_HEARTBEAT_SECONDS", Integer.toString(HEARTBEAT_SECONDS),
                  "TRUNKLINE_PONG_SECONDS", Integer.toString(PONG_SECONDS)));
      Process client =
          start(site, "ws://" + network.gateway() + ":" + gateway.gateway().port() + "/echo");
      try {
        Await.until(() -> gateway.gateway().connections() == 1, START, "the client is there");
        long begin = System.nanoTime();
        Await.until(() -> System.nanoTime() - begin > SILENCE.toNanos(), "it could have lapsed");
        assertThat(gateway.gateway().connections()).as("who answers pings stays").isOne();
        assertThat(closes(gateway)).isZero();

        network.unplug("client");
        Await.until(() -> gateway.gateway().connections() == 0, NOTICED, "it is noticed");
        assertThat(closes(gateway)).isOne();
      } finally {
        client.destroyForcibly();
      }
    }
  }

  /** Closed for want of a pong. */
  private static long closes(LocalGateway gateway) {
    String line = "trunkline_closes_total{code=\"" + NO_PONG + "\"}";
    return gateway
        .node()
        .metrics()
        .scrape()
        .lines()
        .filter(text -> text.startsWith(line))
        .mapToLong(text -> (long) Double.parseDouble(text.substring(line.length())))
        .sum();
  }

  private static Process start(Site site, String uri) throws IOException {
    List<String> command = new ArrayList<>(site.launcher());
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(LiveClient.class.getName(), uri));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }
}
