package io.trunkline.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Await;
import io.trunkline.testing.Ports;
import io.vertx.core.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Exit codes and lines, as an operator sees them. */
class ProgramTest {
  @TempDir Path directory;

  @RegisterExtension final Cast cast = new Cast(3);

  @Test
  void sigtermStopsInGoodOrderWithExitCode0() throws Exception {
    try (NodeProcess process = start(lone())) {
      awaitStarted(process);
      process.stop();
      assertThat(process.exitCode()).isZero();
      assertThat(process.output().lines().map(ProgramTest::event).toList())
          .containsExactly("cluster_joining", "cluster_joined", "started", "stopping", "stopped");
    }
  }

  @Test
  void aProcessThatGivesUpStopsInGoodOrderWithExitCode1() throws Exception {
    Map<String, String> settings = new HashMap<>(lone());
    settings.put(NodeProcess.Main.GIVES_UP, "yes");
    try (NodeProcess process = start(settings)) {
      assertThat(process.exitCode()).isEqualTo(1);
      assertThat(process.output()).contains("stopping", "stopped");
    }
  }

  @Test
  void aBadSettingIsOneLineAndExitCode78() throws Exception {
    try (NodeProcess process = start(Map.of("TRUNKLINE_CLUSTER_PORT", "many"))) {
      assertThat(process.exitCode()).isEqualTo(78);
      assertThat(process.output())
          .isEqualTo(
              "TRUNKLINE_CLUSTER_PORT (cluster.port) is 'many',"
                  + " expected a whole number from 1 to 65535\n");
    }
  }

  @Test
  void anUnknownArgumentIsOneLineAndExitCode78() throws Exception {
    try (NodeProcess process = start(lone(), "--port=1")) {
      assertThat(process.exitCode()).isEqualTo(78);
      assertThat(process.output())
          .isEqualTo("unknown argument '--port=1', expected one that --help shows\n");
    }
  }

  @Test
  void checkConfigOnlyChecks() throws Exception {
    try (NodeProcess good = start(lone(), "--check-config");
        NodeProcess bad = start(Map.of("TRUNKLINE_NODE_NAME", "a b"), "--check-config")) {
      assertThat(good.exitCode()).isZero();
      assertThat(good.output()).isEmpty();
      assertThat(bad.exitCode()).isEqualTo(78);
    }
  }

  @Test
  void printConfigMasksSecrets() throws Exception {
    Map<String, String> settings = Map.of("TRUNKLINE_API_KEY", "hush", "TRUNKLINE_HTTP_PORT", "81");
    try (NodeProcess process = start(settings, "--print-config")) {
      assertThat(process.exitCode()).isZero();
      assertThat(process.output()).contains("http.port: 81\n", "api.key: '********'\n");
      assertThat(process.output()).doesNotContain("hush", "database.url");
    }
  }

  @Test
  void aManagementPortInUseIsOneLineAndExitCode1() throws Exception {
    try (ServerSocket taken = new ServerSocket(0)) {
      Map<String, String> settings = new HashMap<>(lone());
      settings.put("TRUNKLINE_MANAGEMENT_PORT", String.valueOf(taken.getLocalPort()));
      try (NodeProcess process = start(settings)) {
        assertThat(process.exitCode()).isEqualTo(1);
        assertThat(process.output().lines().map(ProgramTest::event))
            .containsExactly("cluster_joining", "cluster_joined", "start_failed");
        assertThat(process.output()).contains("cannot listen on management port 127.0.0.1:");
      }
    }
  }

  @Test
  void aBusPortInUseIsOneLineAndExitCode1() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Map<String, String> settings = new HashMap<>(lone());
      settings.put("TRUNKLINE_BUS_PORT", String.valueOf(taken.getLocalPort()));
      try (NodeProcess process = start(settings)) {
        assertThat(process.exitCode()).isEqualTo(1);
        assertThat(process.output().lines().map(ProgramTest::event))
            .containsExactly("cluster_joining", "start_failed");
        assertThat(process.output()).contains("cannot start the event bus at 127.0.0.1:");
      }
    }
  }

  @Test
  void aKilledNodeIsOutOfTheWayAndItsNameIsFree() throws Exception {
    Node witness = cast.join(0, "witness", Role.GATEWAY);
    try (NodeProcess process = start(inCast(1, "mortal"))) {
      Await.until(
          () -> witness.members().of(Role.GATEWAY).equals(Set.of("witness", "mortal")),
          Cast.PATIENCE,
          "the process has joined");
      process.kill();
      Await.until(
          () -> witness.members().of(Role.GATEWAY).equals(Set.of("witness")),
          Duration.ofSeconds(10),
          "the killed node is gone");
    }
    assertThat(cast.join(2, "mortal", Role.GATEWAY).name()).isEqualTo("mortal");
  }

  @Test
  void aNodeThatFreezesIsOutOfTheWayAndComesBackByItself() throws Exception {
    Node witness = cast.join(0, "witness", Role.GATEWAY);
    try (NodeProcess process = start(inCast(1, "sleeper"))) {
      awaitStarted(process);
      assertThat(Await.result(answers(witness, "sleeper"))).isTrue();
      process.freeze();
      Await.until(
          () -> witness.members().of(Role.GATEWAY).equals(Set.of("witness")),
          Duration.ofSeconds(10),
          "the frozen node is gone");
      process.thaw();
      Await.until(
          () -> witness.members().of(Role.GATEWAY).equals(Set.of("witness", "sleeper")),
          Cast.PATIENCE,
          "the node is back");
      Await.until(
          () -> Await.result(answers(witness, "sleeper")), Cast.PATIENCE, "it answers again");
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX) // elsewhere 127.0.0.2 is nobody's address
  void nodesFindEachOtherByHostName() throws Exception {
    String names = "127.0.0.1 one.test\n127.0.0.2 two.test\n";
    Path hosts = Files.writeString(directory.resolve("hosts"), names);
    Map<String, String> settings = new HashMap<>(lone());
    String port = settings.get("TRUNKLINE_CLUSTER_PORT");
    settings.put("TRUNKLINE_CLUSTER_MEMBERS", "one.test:" + port + ",two.test:" + port);
    settings.put("JAVA_TOOL_OPTIONS", "-Djdk.net.hosts.file=" + hosts);
    Duration patience = Cast.PATIENCE.multipliedBy(2); // two JVMs at once
    try (NodeProcess one = startAt("one.test", "127.0.0.1", settings);
        NodeProcess two = startAt("two.test", "127.0.0.2", settings)) {
      Await.until(() -> one.output().contains("members=2"), patience, "one has met two");
      Await.until(() -> two.output().contains("members=2"), patience, "two has met one");
    }
  }

  private NodeProcess startAt(String name, String address, Map<String, String> settings)
      throws IOException {
    Map<String, String> environment = new HashMap<>(settings);
    environment.put("TRUNKLINE_NODE_NAME", name);
    environment.put("TRUNKLINE_CLUSTER_HOST", name);
    environment.put("TRUNKLINE_BUS_HOST", address);
    return start(environment);
  }

  private static Future<Boolean> answers(Node node, String other) {
    return node.ask(other).map(true).otherwise(false);
  }

  private NodeProcess start(Map<String, String> environment, String... arguments)
      throws IOException {
    return NodeProcess.start(directory, environment, arguments);
  }

  private static void awaitStarted(NodeProcess process) {
    Await.until(() -> process.output().contains("started"), Cast.PATIENCE, "it has started");
  }

  private static Map<String, String> lone() {
    return Map.of(
        "TRUNKLINE_CLUSTER_NAME",
        "test-" + UUID.randomUUID(),
        "TRUNKLINE_CLUSTER_PORT",
        String.valueOf(Ports.free()),
        "TRUNKLINE_MANAGEMENT_PORT",
        "0");
  }

  private Map<String, String> inCast(int index, String name) {
    ClusterSettings settings = cast.settings(index, name);
    return Map.of(
        "TRUNKLINE_NODE_NAME", name,
        "TRUNKLINE_CLUSTER_NAME", settings.clusterName(),
        "TRUNKLINE_CLUSTER_PORT", String.valueOf(settings.clusterPort()),
        "TRUNKLINE_CLUSTER_MEMBERS", String.join(",", settings.clusterMembers()),
        "TRUNKLINE_MANAGEMENT_PORT", "0");
  }

  /** The third word: after the time, the level and the logger comes the event. */
  private static String event(String line) {
    List<String> words = List.of(line.split("\\s+"));
    return words.size() > 3 ? words.get(3) : line;
  }
}
