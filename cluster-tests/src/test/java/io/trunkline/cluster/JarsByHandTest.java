package io.trunkline.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Await;
import io.trunkline.testing.Ports;
import io.trunkline.testing.TestPostgres;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The jars as an operator meets them: what they say, and how they end. */
class JarsByHandTest {
  private static final int BAD_SETTINGS = 78;

  /** A line of ours: an event at level INFO, nothing to worry about. */
  private static final Pattern QUIET_LINE = Pattern.compile("\\S+T\\S+ INFO +\\w+ [a-z_]+( .*)?");

  private static final String SECRET = "s3cr3t-pa55word";

  /** Waits for 20 s in vain, beside the other tests. */
  private static JarProcess withoutDatabase;

  private static String nowhere;

  @BeforeAll
  static void startWithoutDatabase() {
    nowhere = "127.0.0.1:" + Ports.free();
    withoutDatabase = JarProcess.sessionService(settings(url(nowhere)));
  }

  @AfterAll
  static void stopWithoutDatabase() {
    withoutDatabase.close();
  }

  static Stream<Arguments> badSettings() {
    String good = url(nowhere);
    return Stream.of(
        Arguments.of("gateway", Map.of("TRUNKLINE_HTTP_PORT", "eighty"), "TRUNKLINE_HTTP_PORT"),
        Arguments.of("gateway", Map.of("TRUNKLINE_HTP_PORT", "80"), "TRUNKLINE_HTP_PORT"),
        Arguments.of("gateway", Map.of("TRUNKLINE_ECHO", "perhaps"), "TRUNKLINE_ECHO"),
        Arguments.of("gateway", Map.of("TRUNKLINE_CONFIG", "/no/such.yaml"), "/no/such.yaml"),
        Arguments.of("session", Map.of(), "TRUNKLINE_DATABASE_URL"),
        Arguments.of(
            "session",
            Map.of("TRUNKLINE_DATABASE_URL", "mysql://a:" + SECRET + "@b/c"),
            "TRUNKLINE_DATABASE_URL"),
        Arguments.of(
            "session",
            Map.of("TRUNKLINE_DATABASE_URL", good, "TRUNKLINE_DATABASE_POOL_SIZE", "0"),
            "TRUNKLINE_DATABASE_POOL_SIZE"));
  }

  @ParameterizedTest(name = "{0} {2}")
  @MethodSource("badSettings")
  void badSettingEndsTheStartAndTheCheckWith78AndOneLine(
      String jar, Map<String, String> settings, String named) {
    try (JarProcess started = process(jar, settings);
        JarProcess checked = process(jar, settings, "--check-config")) {
      for (JarProcess process : List.of(started, checked)) {
        assertThat(process.exitCode())
            .as("%s %s", process.out(), process.err())
            .isEqualTo(BAD_SETTINGS);
        assertThat(process.out()).isEmpty();
        assertThat(process.err()).hasSize(1);
        assertThat(process.err().get(0)).contains(named).doesNotContain(SECRET);
      }
    }
  }

  @Test
  void checkOfGoodSettingsSaysNothingAndTouchesNothing() {
    Map<String, String> settings = settings(url(nowhere));
    try (JarProcess gateway = JarProcess.gateway(settings, "--check-config");
        JarProcess service = JarProcess.sessionService(settings, "--check-config")) {
      for (JarProcess process : List.of(gateway, service)) {
        assertThat(process.exitCode()).as("%s %s", process.out(), process.err()).isZero();
        assertThat(process.out()).isEmpty();
        assertThat(process.err()).isEmpty();
      }
    }
  }

  @Test
  void jarsAreQuietFromStartToStop() {
    int servicePort = Ports.free();
    int gatewayPort = Ports.free();
    String members = "127.0.0.1:" + servicePort + ",127.0.0.1:" + gatewayPort;
    Map<String, String> serviceSettings = settings(TestPostgres.freshDatabase());
    serviceSettings.put("TRUNKLINE_CLUSTER_PORT", String.valueOf(servicePort));
    serviceSettings.put("TRUNKLINE_CLUSTER_MEMBERS", members);
    Map<String, String> gatewaySettings = new HashMap<>(serviceSettings);
    gatewaySettings.put("TRUNKLINE_CLUSTER_PORT", String.valueOf(gatewayPort));
    try (JarProcess service = JarProcess.sessionService(serviceSettings);
        JarProcess gateway = JarProcess.gateway(gatewaySettings)) {
      Await.until(
          () -> service.hasLogged("started") && gateway.hasLogged("started"),
          Duration.ofSeconds(60),
          "both have started");
      gateway.stop();
      assertThat(gateway.exitCode()).as("%s", gateway.out()).isZero();
      service.stop();
      assertThat(service.exitCode()).as("%s", service.out()).isZero();

      for (JarProcess process : List.of(service, gateway)) {
        assertThat(process.err()).as("standard error").isEmpty();
        assertThat(process.out()).allMatch(line -> QUIET_LINE.matcher(line).matches());
        assertThat(process.out().get(process.out().size() - 1).strip()).endsWith(" stopped");
      }
    }
  }

  @Test
  void sessionServiceWithoutItsDatabaseNamesItInOneLine() {
    assertThat(withoutDatabase.exitCode()).as("%s", withoutDatabase.out()).isEqualTo(1);
    assertReason(withoutDatabase, nowhere);
  }

  @Test
  void databaseThatDoesNotLetUsInIsNamedInOneLine() {
    String url = TestPostgres.freshDatabase();
    String where = url.replaceFirst(".*@", "");
    String strangers = url.replaceFirst("//.*@", "//stranger:" + SECRET + "@");
    try (JarProcess process = JarProcess.sessionService(settings(strangers))) {
      assertThat(process.exitCode()).as("%s", process.out()).isEqualTo(1);
      assertReason(process, where);
    }
  }

  @Test
  void migrationIsDoneAndEndsWithZeroAlsoWhereThereIsNothingToDo() {
    String url = TestPostgres.freshDatabase();
    for (int i = 0; i < 2; i++) {
      try (JarProcess process = JarProcess.sessionService(settings(url), "--migrate")) {
        assertThat(process.exitCode()).as("%s %s", process.out(), process.err()).isZero();
        assertThat(process.err()).isEmpty();
        assertThat(process.out()).hasSize(1);
        assertThat(process.out().get(0)).contains(" INFO ", "schema_ready");
      }
    }
    TestPostgres.execute(url, "select from trunkline.session");
  }

  @Test
  void migrationThatIsNotLetInNamesTheDatabaseInOneLine() {
    String url = TestPostgres.freshDatabase();
    String strangers = url.replaceFirst("//.*@", "//stranger:" + SECRET + "@");
    try (JarProcess process = JarProcess.sessionService(settings(strangers), "--migrate");
        JarProcess unset = JarProcess.sessionService(Map.of(), "--migrate")) {
      assertThat(process.exitCode()).as("%s", process.out()).isEqualTo(1);
      assertReason(process, url.replaceFirst(".*@", ""));
      assertThat(unset.exitCode()).as("%s", unset.out()).isEqualTo(BAD_SETTINGS);
    }
  }

  private static void assertReason(JarProcess process, String where) {
    List<String> errors =
        process.out().stream().filter(line -> !QUIET_LINE.matcher(line).matches()).toList();
    assertThat(errors).as("what is not at level INFO").hasSize(1);
    assertThat(errors.get(0))
        .contains(" ERROR ", "start_failed", where)
        .doesNotContain(SECRET, "Exception", "\tat ", "| at ");
    assertThat(process.err()).as("standard error").isEmpty();
  }

  private static JarProcess process(String jar, Map<String, String> settings, String... arguments) {
    return jar.equals("gateway")
        ? JarProcess.gateway(settings, arguments)
        : JarProcess.sessionService(settings, arguments);
  }

  private static String url(String where) {
    return "postgresql://trunkline:" + SECRET + "@" + where + "/trunkline";
  }

  /** A cluster of one, on free ports. */
  private static Map<String, String> settings(String databaseUrl) {
    Map<String, String> settings = new HashMap<>();
    settings.put("TRUNKLINE_DATABASE_URL", databaseUrl);
    settings.put("TRUNKLINE_CLUSTER_NAME", "by-hand-" + Ports.free());
    settings.put("TRUNKLINE_CLUSTER_PORT", String.valueOf(Ports.free()));
    settings.put("TRUNKLINE_MANAGEMENT_PORT", "0");
    settings.put("TRUNKLINE_HTTP_PORT", "0");
    settings.put("TRUNKLINE_DRAIN_SECONDS", "1");
    return settings;
  }
}
