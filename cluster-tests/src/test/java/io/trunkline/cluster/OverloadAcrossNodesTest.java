package io.trunkline.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.cluster.Petitioner.Outcome;
import io.trunkline.testing.Await;
import io.trunkline.testing.TestPostgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * More than a session service can do: somebody holds a lock on the table of messages while more
 * clients than it takes at once go on writing.
 */
class OverloadAcrossNodesTest {
  private static final Logger log = LoggerFactory.getLogger(OverloadAcrossNodesTest.class);

  /** Each has one request on its way: more than one event loop of a service has in hand. */
  private static final int CLIENTS = 1_500;

  /** Handshakes under way: a crowd, not an attack. */
  private static final int AT_ONCE = 50;

  /** 1,024 of clients and 256 of gateways; see docs/limits.md. */
  private static final int MOST_IN_HAND = 1_280;

  /** Of one client: its request, and 1 KiB beside. */
  private static final int MOST_UNANSWERED_BYTES = CLIENTS * (1_024 + 256);

  private static final Duration LOCKED = Duration.ofSeconds(4);
  private static final Duration COMES_BACK = Duration.ofSeconds(15);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** The protocol's promise. */
  private static final long ANSWERED_MILLIS = 5_000;

  /** Below this the gateway has asked once only, so that one answer says it all. */
  private static final long FIRST_ATTEMPT_MILLIS = 1_700;

  /** For a refusal that waits for nothing, on a busy machine; a time-out takes 1,800. */
  private static final long EARLY_MILLIS = 1_000;

  /** The same for an echo, which has nothing to do with any of it. */
  private static final long ECHO_P99_MILLIS = 1_000;

  /** Said of requests that were never begun. */
  private static final Set<String> NOT_BEGUN =
      Set.of(
          "too many requests at once",
          "the database is too slow now",
          "too many requests wait for the database",
          "the database cannot be reached");

  private static String url;
  private static ProcessCluster cluster;
  private static Vertx vertx;

  private final List<Petitioner> petitioners = new ArrayList<>();

  @BeforeAll
  static void start() {
    url = TestPostgres.freshDatabase();
    vertx = Vertx.vertx();
    cluster =
        new ProcessCluster(
                "overload-" + UUID.randomUUID(),
                1,
                1,
                url,
                Map.of(
                    "TRUNKLINE_EVENT_LOOPS", "1",
                    "TRUNKLINE_REQUEST_RATE", "100000",
                    "TRUNKLINE_REQUEST_BURST", "100000",
                    "TRUNKLINE_MAX_CONNECTIONS_PER_USER", "100000",
                    "TRUNKLINE_MAX_CONNECTIONS_PER_ADDRESS", "100000"))
            .start();
  }

  @AfterAll
  static void stop() {
    cluster.close();
    Await.result(vertx.close());
  }

  @Test
  void isRefusedEarlyAndNotCarriedOutAndPassesByItself() throws Exception {
    connectAll();
    petitioners.forEach(Petitioner::begin);
    Await.until(() -> allAckedSince(0), PATIENCE, "everybody is acked before the lock");
    Watched watched;
    List<Long> echoes;
    try (EchoWatch echo = new EchoWatch(cluster.wsUri(0).replace("/ws", "/echo"))) {
      watched = holdLock();
      long released = System.nanoTime();
      Await.until(() -> allAckedSince(released), COMES_BACK, "everybody is acked again");
      echoes = echo.end();
    }
    petitioners.forEach(Petitioner::end);
    Await.until(
        () -> petitioners.stream().allMatch(Petitioner::isIdle), PATIENCE, "all is answered");
    List<Outcome> outcomes =
        petitioners.stream().flatMap(petitioner -> petitioner.outcomes().stream()).toList();
    report(outcomes, watched, echoes);

    assertThat(petitioners).as("nobody was closed").noneMatch(Petitioner::isClosed);
    assertThat(watched.alwaysLive()).as("health/live all the time").isTrue();
    assertThat(watched.inHand()).isBetween(MOST_IN_HAND / 2, MOST_IN_HAND);
    assertThat(watched.unansweredBytes()).isBetween(1, MOST_UNANSWERED_BYTES);
    assertThat(percentile(echoes, 0.99)).as("echo, p99").isLessThan(ECHO_P99_MILLIS);
    assertThat(outcomes).allMatch(outcome -> outcome.millis() < ANSWERED_MILLIS);
    assertRefusedEarly(outcomes);
    assertOnlyWhatMayBeIsStored(outcomes);
  }

  private static void assertRefusedEarly(List<Outcome> outcomes) {
    List<Long> early =
        outcomes.stream()
            .filter(outcome -> "too many requests at once".equals(outcome.refusal()))
            .map(Outcome::millis)
            .sorted()
            .toList();
    assertThat(early).hasSizeGreaterThan(CLIENTS / 10);
    assertThat(percentile(early, 0.5)).as("the median of early refusals").isLessThan(EARLY_MILLIS);
  }

  /** All that was acked; nothing that was refused before it was begun. */
  private static void assertOnlyWhatMayBeIsStored(List<Outcome> outcomes) throws SQLException {
    Set<String> stored = stored();
    Set<String> acked = ids(outcomes.stream().filter(Outcome::isAck).toList());
    List<Outcome> notBegun =
        outcomes.stream()
            .filter(outcome -> !outcome.isAck() && NOT_BEGUN.contains(outcome.refusal()))
            .filter(outcome -> outcome.millis() < FIRST_ATTEMPT_MILLIS)
            .toList();
    Set<String> refusedAndStored = new HashSet<>(ids(notBegun));
    refusedAndStored.retainAll(stored);
    log.info(
        "overload_rows stored={} acked={} refused_unbegun={}",
        stored.size(),
        acked.size(),
        notBegun.size());
    assertThat(stored).containsAll(acked);
    assertThat(notBegun).hasSizeGreaterThan(CLIENTS / 10);
    assertThat(refusedAndStored).as("refused, and carried out all the same").isEmpty();
  }

  private void connectAll() {
    ServerApi api = new ServerApi(cluster.httpPort(0));
    api.login("sink");
    String session = api.login("petitioner");
    WebSocketConnectOptions where =
        new WebSocketConnectOptions()
            .setHost("127.0.0.1")
            .setPort(cluster.httpPort(0))
            .setURI("/ws")
            .addHeader("Authorization", "Bearer " + session);
    WebSocketClient sockets =
        vertx.createWebSocketClient(new WebSocketClientOptions().setMaxConnections(CLIENTS));
    for (int i = 0; i < CLIENTS; i += AT_ONCE) {
      List<Future<Petitioner>> some = new ArrayList<>();
      for (int n = i; n < i + AT_ONCE; n++) {
        some.add(Petitioner.connect(vertx, sockets, where, "p" + n, "sink"));
      }
      Await.result(Future.all(some), PATIENCE);
      some.forEach(petitioner -> petitioners.add(petitioner.result()));
    }
  }

  /** Whether everybody was acked a request sent after that moment of {@link System#nanoTime}. */
  private boolean allAckedSince(long moment) {
    return petitioners.stream().allMatch(p -> p.ackedAt() != 0 && p.ackedAt() - moment > 0);
  }

  /** The most that was seen while the lock was held. */
  private record Watched(boolean alwaysLive, int inHand, int unansweredBytes) {}

  private static Watched holdLock() throws SQLException {
    try (Connection holder = TestPostgres.connect(url);
        Statement statement = holder.createStatement()) {
      holder.setAutoCommit(false);
      statement.execute("lock table trunkline.message in access exclusive mode");
      long until = System.nanoTime() + LOCKED.toNanos();
      Watched seen = new Watched(true, 0, 0);
      while (System.nanoTime() < until) {
        seen = look(seen);
      }
      holder.rollback();
      return seen;
    }
  }

  private static Watched look(Watched before) {
    NodeProcess service = cluster.services().get(0);
    NodeProcess gateway = cluster.gateways().get(0);
    return new Watched(
        before.alwaysLive() && service.health("live") == 200 && gateway.health("live") == 200,
        Math.max(before.inHand(), service.metric("trunkline_requests_in_hand")),
        Math.max(before.unansweredBytes(), gateway.metric("trunkline_requests_unanswered_bytes")));
  }

  /** The ids that the log knows. */
  private static Set<String> stored() throws SQLException {
    Set<String> ids = new HashSet<>();
    try (Connection connection = TestPostgres.connect(url);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select id from trunkline.accepted")) {
      while (rows.next()) {
        ids.add(new String(rows.getBytes(1), StandardCharsets.UTF_8));
      }
    }
    return ids;
  }

  private static Set<String> ids(List<Outcome> outcomes) {
    return outcomes.stream().map(Outcome::id).collect(Collectors.toSet());
  }

  private static long percentile(List<Long> sorted, double part) {
    return sorted.get((int) (part * (sorted.size() - 1)));
  }

  private static void report(List<Outcome> outcomes, Watched watched, List<Long> echoes) {
    Map<String, List<Long>> byAnswer =
        outcomes.stream()
            .collect(
                Collectors.groupingBy(
                    outcome -> String.valueOf(outcome.refusal()),
                    TreeMap::new,
                    Collectors.mapping(Outcome::millis, Collectors.toList())));
    byAnswer.forEach(
        (answer, millis) -> {
          List<Long> sorted = millis.stream().sorted().toList();
          log.info(
              "overload_answers refusal=\"{}\" count={} p50_millis={} p99_millis={} max_millis={}",
              answer,
              sorted.size(),
              percentile(sorted, 0.5),
              percentile(sorted, 0.99),
              percentile(sorted, 1));
        });
    log.info(
        "overload_echo count={} p50_millis={} p99_millis={} max_millis={} {}",
        echoes.size(),
        percentile(echoes, 0.5),
        percentile(echoes, 0.99),
        percentile(echoes, 1),
        watched);
  }
}
