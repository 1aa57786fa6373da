package io.trunkline.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Await;
import io.trunkline.testing.DedicatedPostgres;
import io.trunkline.testing.TestPostgres;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Sessions that are deleted when nobody hears of it: a look at the table finds them. */
class LostNoticesTest {
  private static final int SESSIONS = 200;
  private static final int SESSION_ENDED = 4001;

  /** From the moment at which Postgres can be asked again. */
  private static final Duration ENDED_WITHIN = Duration.ofSeconds(10);

  /** Of all sessions of the service: the one that hears the notices, and those that work. */
  private static final String HANG_UP =
      """
      select pg_terminate_backend(pid, 5000) from pg_stat_activity
      where application_name = 'trunkline' and datname = current_database()
      """;

  private static final DedicatedPostgres postgres = DedicatedPostgres.start();

  @RegisterExtension static final LocalCluster cluster = LocalCluster.of(2, 2, postgres::url);

  @AfterAll
  static void stopPostgres() {
    postgres.close();
  }

  private static Crowd crowd(String name) {
    List<Integer> ports =
        cluster.gateways().stream().map(gateway -> gateway.gateway().port()).toList();
    return Crowd.join(name, SESSIONS, postgres.url(), ports);
  }

  private static String deletionOf(String crowd) {
    return "delete from trunkline.session where user_name like '" + crowd + "-%'";
  }

  private static void assertEnded(Crowd crowd) {
    Await.until(() -> crowd.gone() == SESSIONS, ENDED_WITHIN, "all of them have ended");
    assertThat(crowd.members()).allMatch(member -> member.closeCode() == SESSION_ENDED);
  }

  /** The commit comes when the listeners are gone, and before they can be back. */
  @Test
  void whatIsDeletedWhileAllListenersAreCutOffEndsWithinTenSeconds() {
    try (Crowd ended = crowd("cut");
        Crowd others = crowd("uncut")) {
      TestPostgres.execute(
          postgres.url(), "begin; " + deletionOf("cut") + "; " + HANG_UP + "; commit");
      assertEnded(ended);
      assertThat(others.gone()).isZero();
    }
  }

  @Test
  void whatIsDeletedAroundACrashOfPostgresEndsWithinTenSecondsOfItsReturn() {
    try (Crowd before = crowd("before");
        Crowd after = crowd("after");
        Crowd others = crowd("throughout")) {
      TestPostgres.execute(postgres.url(), deletionOf("before"));
      postgres.stopImmediately();
      postgres.startAgain();
      TestPostgres.execute(postgres.url(), deletionOf("after"));
      assertEnded(before);
      assertEnded(after);
      assertThat(others.gone()).isZero();
    }
  }
}
