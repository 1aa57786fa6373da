package io.trunkline.cluster;

import static io.trunkline.cluster.FrameAssert.assertFrame;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is measured, after traffic through a real gateway and a real session service. */
class MetricsTest {
  @RegisterExtension static final LocalCluster cluster = LocalCluster.of(1, 1);

  private static final Path REFERENCE = Path.of("..", "docs", "metrics.md");

  private static String gateway() {
    return cluster.gateway(0).node().metrics().scrape();
  }

  private static String service() {
    return cluster.service(0).node().metrics().scrape();
  }

  /** The value of this series, written as Prometheus does; 0 where there is none. */
  private static double value(String scrape, String series) {
    return scrape
        .lines()
        .filter(line -> line.startsWith(series + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
        .findFirst()
        .orElse(0);
  }

  /** A name as it stands in docs/metrics.md: that of a histogram without its maximum. */
  private static Set<String> names(Pattern pattern, String text) {
    return pattern
        .matcher(text)
        .results()
        .map(found -> found.group(1).replaceAll("_max$", ""))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void whatIsMeasuredStandsInTheReferenceAndTheOtherWayRound() throws IOException {
    Client alice = cluster.client(0, "reading-alice");
    alice.ask("echo", "content", 1);
    Pattern row = Pattern.compile("(?m)^\\| `(trunkline_\\w+)` \\|");
    Pattern type = Pattern.compile("(?m)^# TYPE (trunkline_\\w+) ");
    assertThat(names(type, gateway() + service()))
        .containsExactlyElementsOf(names(row, Files.readString(REFERENCE)));
  }

  @Test
  void whatAlertsAndTheDashboardAskForIsMeasured() throws IOException {
    Pattern asked = Pattern.compile("\\b(trunkline_\\w+?)(?:_bucket)?\\b");
    Pattern row = Pattern.compile("(?m)^\\| `(trunkline_\\w+)` \\|");
    Set<String> reference = names(row, Files.readString(REFERENCE));
    String dashboard = Files.readString(Path.of("..", "deploy", "grafana", "trunkline.json"));
    assertThat(names(asked, dashboard)).containsExactlyElementsOf(reference);
    String alerts = Files.readString(Path.of("..", "deploy", "prometheus", "alerts.yml"));
    assertThat(reference).containsAll(names(asked, alerts)).isNotEmpty();
  }

  @Test
  void everyAlertHasItsPage() throws IOException {
    String alerts = Files.readString(Path.of("..", "deploy", "prometheus", "alerts.yml"));
    Set<String> named = names(Pattern.compile("- alert: (\\w+)"), alerts);
    Set<String> linked = names(Pattern.compile("page: docs/operations\\.md#(\\w+)"), alerts);
    String pages = Files.readString(Path.of("..", "docs", "operations.md"));
    assertThat(names(Pattern.compile("(?m)^### (Trunkline\\w+)$"), pages))
        .containsExactlyElementsOf(named);
    assertThat(linked)
        .containsExactlyElementsOf(
            named.stream()
                .map(name -> name.toLowerCase(Locale.ROOT))
                .collect(Collectors.toCollection(TreeSet::new)));
  }

  @Test
  void connectionsAreCountedWhileTheyAreOpenAndWithTheirCodeWhenTheyAreNot() {
    double before = value(gateway(), "trunkline_closes_total{code=\"1000\"}");
    Client alice = cluster.client(0, "open-alice");
    assertThat(value(gateway(), "trunkline_connections{endpoint=\"ws\"}")).isEqualTo(1);
    assertThat(value(gateway(), "trunkline_upgrades_total{result=\"accepted\"}")).isPositive();
    alice.close();
    Await.until(
        () -> value(gateway(), "trunkline_connections{endpoint=\"ws\"}") == 0, "it is gone");
    assertThat(value(gateway(), "trunkline_closes_total{code=\"1000\"}")).isEqualTo(before + 1);
  }

  @Test
  void requestsAreCountedByTypeAndResult() {
    String ok = "trunkline_requests_total{result=\"ok\",type=\"echo\"}";
    double before = value(gateway(), ok);
    Client alice = cluster.client(0, "asking-alice");
    alice.ask("echo", "content", 1);
    alice.ask("echo", "content", 2);
    alice.write("nobody-of-this-name", "hi");
    assertThat(value(gateway(), ok)).isEqualTo(before + 2);
    assertThat(value(gateway(), "trunkline_request_seconds_count{type=\"echo\"}")).isPositive();
    assertThat(
            value(
                gateway(),
                "trunkline_requests_total{result=\"unknown_receiver\",type=\"private_message\"}"))
        .isPositive();
  }

  @Test
  void noClientCanMakeALabel() {
    Client alice = cluster.client(0, "inventive-alice");
    assertFrame(alice.ask("made_up_by_alice")).is("error");
    String scrape = gateway() + service();
    assertThat(scrape).doesNotContain("made_up").doesNotContain("alice");
    assertThat(
            value(gateway(), "trunkline_requests_total{result=\"unknown_type\",type=\"unknown\"}"))
        .isPositive();
  }

  @Test
  void aRepeatIsCountedWhereItIsRecognised() {
    double before = value(service(), "trunkline_repeats_recognised_total");
    Client alice = cluster.client(0, "again-alice");
    for (int i = 0; i < 2; i++) {
      alice.ask(
          Client.frame(
              "private_message", "id", "same", "receiver", "again-alice", "message", "hi"));
    }
    assertThat(value(service(), "trunkline_repeats_recognised_total")).isEqualTo(before + 1);
  }

  @Test
  void deliveriesAreCountedByTheWayTheyCame() {
    String bus = "trunkline_deliveries_total{path=\"bus\"}";
    String log = "trunkline_deliveries_total{path=\"log\"}";
    Client alice = cluster.client(0, "way-alice");
    double live = value(gateway(), bus);
    double replayed = value(gateway(), log);
    alice.write("way-alice", "hi");
    alice.next();
    assertThat(value(gateway(), bus)).isEqualTo(live + 1);
    assertThat(value(gateway(), log)).isEqualTo(replayed);
    LocalCluster.LocalGateway gateway = cluster.gateway(0);
    String session = gateway.api().login("way-alice");
    cluster.keep(Client.connect(gateway.wsUri(), session, 0)).next();
    assertThat(value(gateway(), log)).isEqualTo(replayed + 1);
  }

  @Test
  void whatGoesToPostgresIsCountedAndNothingIsLeftInHand() {
    String appends = "trunkline_batch_items_sum{work=\"append\"}";
    String lookUps = "trunkline_batch_items_sum{work=\"lookup\"}";
    double appended = value(service(), appends);
    double lookedUp = value(service(), lookUps);
    Client alice = cluster.client(0, "batch-alice");
    alice.write("batch-alice", "hi");
    alice.next();
    assertThat(value(service(), appends)).isEqualTo(appended + 1);
    assertThat(value(service(), lookUps)).isGreaterThan(lookedUp);
    assertThat(value(service(), "trunkline_database_connections")).isPositive();
    assertThat(value(service(), "trunkline_database_statement_seconds_count")).isPositive();
    for (String atRest :
        Set.of(
            "trunkline_database_busy",
            "trunkline_database_waiting",
            "trunkline_requests_in_hand",
            "trunkline_bus_unconfirmed_bytes")) {
      Await.until(() -> value(service(), atRest) == 0, atRest + " is 0 at rest");
    }
    Await.until(
        () -> value(gateway(), "trunkline_requests_unanswered_bytes") == 0, "nothing waits");
  }

  @Test
  void theLabelsOfVertxAreBounded() {
    cluster.client(0, "vertx-alice").ask("echo", "content", 1);
    String scrape = gateway();
    assertThat(scrape).contains("vertx_eventbus_sent_total", "vertx_pool_", "jvm_memory_used");
    assertThat(scrape).doesNotContain("127.0.0.1").doesNotContain("__vertx.reply");
  }

  /** Vert.x is not told when a connection ends that has become a WebSocket. */
  @Test
  void vertxDoesNotCountWhatItCannotKnow() {
    cluster.client(0, "leaking-alice").close();
    assertThat(gateway()).doesNotContain("vertx_http_server_active");
  }
}
