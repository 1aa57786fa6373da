package io.trunkline.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Await;
import io.trunkline.testing.TestPostgres;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everybody's session is deleted by one statement. {@code -Dtrunkline.sessions=10000} for more than
 * a build has time for.
 */
class MassLogoutTest {
  private static final Logger log = LoggerFactory.getLogger(MassLogoutTest.class);

  private static final int SESSIONS = Integer.getInteger("trunkline.sessions", 2000);
  private static final int SESSION_ENDED = 4001;

  /** From the commit, for 99 of 100. */
  private static final long PROMISED_MILLIS = 1000;

  private static String url;
  private static ProcessCluster cluster;

  @BeforeAll
  static void start() {
    url = TestPostgres.freshDatabase();
    cluster =
        new ProcessCluster(
                "logout-" + UUID.randomUUID(),
                2,
                1,
                url,
                Map.of("TRUNKLINE_MAX_CONNECTIONS_PER_ADDRESS", "100000"))
            .start();
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @Test
  void oneStatementClosesEveryoneOnBothGatewaysWithinASecondOfItsCommit() {
    try (Crowd crowd =
        Crowd.join("crowd", SESSIONS, url, List.of(cluster.httpPort(0), cluster.httpPort(1)))) {
      long began = System.nanoTime();
      TestPostgres.execute(url, "delete from trunkline.session");
      long committed = System.nanoTime();
      Await.until(
          () -> crowd.gone() == SESSIONS, Duration.ofSeconds(30), "all connections have ended");

      long[] millis =
          crowd.members().stream()
              .mapToLong(member -> TimeUnit.NANOSECONDS.toMillis(member.goneAt() - committed))
              .sorted()
              .toArray();
      long p99 = millis[SESSIONS * 99 / 100];
      log.info(
          "mass_logout_measured sessions={} delete_millis={} after_commit_millis p50={} p99={} max={}",
          SESSIONS,
          TimeUnit.NANOSECONDS.toMillis(committed - began),
          millis[SESSIONS / 2],
          p99,
          millis[SESSIONS - 1]);
      assertThat(crowd.members()).allMatch(member -> member.closeCode() == SESSION_ENDED);
      assertThat(p99).as("millis from the commit to 99 of 100 closes").isLessThan(PROMISED_MILLIS);
    }
  }
}
