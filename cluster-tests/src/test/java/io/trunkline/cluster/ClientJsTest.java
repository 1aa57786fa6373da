package io.trunkline.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Npm;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The JavaScript client: its own tests, some of them against these gateways, and its types. */
class ClientJsTest {
  @RegisterExtension static final LocalCluster cluster = LocalCluster.of(2, 1);

  /** A quarter of a minute on an idle machine. */
  private static final Duration LIMIT = Duration.ofMinutes(3);

  @BeforeAll
  static void needNode() {
    ClientJs.need();
  }

  @Test
  void itsTestsPassAgainstRealGateways() throws IOException {
    String urls =
        cluster.gateways().stream()
            .map(gateway -> "http://127.0.0.1:" + gateway.gateway().port())
            .collect(Collectors.joining(","));
    Npm.Run run =
        ClientJs.run(
            LIMIT,
            Map.of("TRUNKLINE_URLS", urls, "TRUNKLINE_API_KEY", ServerApi.KEY),
            "node",
            "--test");
    assertThat(run.exit()).as(run.output()).isZero();
    assertThat(run.output()).contains("# skipped 0");
  }

  @Test
  void itsTypesAreRight() throws IOException {
    Npm.Run run = ClientJs.run(LIMIT, Map.of(), "node", "node_modules/typescript/bin/tsc");
    assertThat(run.exit()).as(run.output()).isZero();
  }
}
