package io.trunkline.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.trunkline.testing.LogSearch;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Runs after all tests of the build, in an execution of its own: no session id and no content of a
 * message that any of them used stands in a line that the gateways and session services logged, be
 * it in the tests' own JVMs (their reports) or in processes of their own.
 */
class NothingConfidentialInLogs {
  private static final List<Path> MODULES =
      Stream.of("node", "gateway", "session-verticle", "demo", "cluster-tests")
          .map(module -> Path.of("..", module))
          .toList();

  @Test
  void noSessionIdAndNoMessageIsInAnyLog() {
    List<String> secrets = MODULES.stream().flatMap(m -> LogSearch.kept(m).stream()).toList();
    assumeFalse(secrets.isEmpty(), "no test has run that talks to a gateway");
    LogSearch search = new LogSearch(secrets);
    assertThat(logs().flatMap(log -> search.leaks(log).stream())).isEmpty();
  }

  private static Stream<Path> logs() {
    return MODULES.stream()
        .flatMap(
            module -> Stream.of("surefire-reports", "nodes").map(module.resolve("target")::resolve))
        .flatMap(directory -> LogSearch.filesBelow(directory).stream());
  }
}
