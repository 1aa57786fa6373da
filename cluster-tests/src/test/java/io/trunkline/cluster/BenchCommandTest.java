package io.trunkline.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Await;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** {@code trunkline bench} against real nodes, and against servers that lie. */
class BenchCommandTest {
  private static final int CHECK_FAILED = 3;

  @RegisterExtension static final LocalCluster cluster = LocalCluster.of(2, 1);

  @TempDir private Path directory;

  @Test
  void everyScenarioEndsByItselfWithEverythingAccountedFor() throws IOException {
    Path out = directory.resolve("result");
    String urls = url(0) + "," + url(1);
    Cli bench =
        Cli.start(
            "bench",
            "echo",
            "round-trip",
            "look-up",
            "private-live",
            "private-durable",
            "fan-out",
            "idle",
            "connect-storm",
            "resume-storm",
            "rolling-restart",
            "-c",
            "20",
            "-r",
            "100",
            "-s",
            "1",
            "--warmup",
            "0",
            "--backlog",
            "5",
            "--url",
            urls,
            "--out",
            out.toString(),
            "--pid",
            "all=" + ProcessHandle.current().pid());

    assertThat(bench.exitCode()).as("%s %s", bench.out(), bench.err()).isZero();
    assertThat(bench.out()).hasSize(10);
    for (String line : bench.out()) {
      JsonObject result = new JsonObject(line);
      String scenario = result.getString("scenario");
      assertThat(result.getJsonObject("check").getBoolean("good")).as(scenario).isTrue();
      assertThat(result.getLong("received")).as(scenario).isEqualTo(expected(scenario));
      assertThat(result.getJsonObject("cpu").fieldNames()).as(scenario).contains("all");
    }
    String json = Files.readString(directory.resolve("result.json"));
    String html = Files.readString(directory.resolve("result.html"));
    assertThat(json + html).doesNotContain(ServerApi.KEY);
    assertThat(new JsonObject(json).getJsonArray("results")).hasSize(10);
    assertThat(html).contains("<svg", "private-durable").doesNotContain("<script", "src=", "href=");
  }

  /** Of 20 connections at 100 a second for a second. */
  private static long expected(String scenario) {
    return switch (scenario) {
      case "fan-out" -> 100 * 20;
      case "idle" -> 0;
      case "connect-storm", "resume-storm" -> 20;
      default -> 100;
    };
  }

  @Test
  void asFastAsItGoesEndsByItselfToo() {
    JsonObject result =
        new JsonObject(
            Cli.lines(
                    "bench",
                    "private-durable",
                    "-c",
                    "10",
                    "--in-flight",
                    "2",
                    "-s",
                    "1",
                    "--warmup",
                    "0",
                    "--url",
                    url(0))
                .get(0));
    assertThat(result.getJsonObject("check").getBoolean("good")).isTrue();
    assertThat(result.getLong("received")).isEqualTo(result.getLong("sent")).isPositive();
    assertThat(result.getJsonObject("ack_ms").getLong("count")).isPositive();
  }

  @Test
  void whoHasToLeaveAGatewayComesBackWithEverythingAndIsCounted() throws IOException {
    Path began = directory.resolve("began");
    Path until = directory.resolve("until");
    Cli bench =
        Cli.start(
            "bench",
            "rolling-restart",
            "-c",
            "20",
            "-r",
            "200",
            "-s",
            "30",
            "--warmup",
            "0",
            "--drain-seconds",
            "1",
            "--began",
            began.toString(),
            "--until",
            until.toString(),
            "--url",
            url(0) + "," + url(1));
    Await.until(() -> Files.exists(began), "the measuring begins");
    String drained = cluster.gateway(1).node().name();
    int connections = cluster.gateway(1).gateway().connections();
    cluster.gateway(0).api().drain(drained);
    Await.until(
        () -> cluster.gateway(0).gateway().connections() == 20, "all are on the other gateway");
    cluster.gateway(0).api().undrain(drained);
    Files.writeString(until, "gateway 1 was drained");

    assertThat(bench.exitCode()).as("%s %s", bench.out(), bench.err()).isZero();
    JsonObject result = new JsonObject(bench.out().get(0));
    JsonObject details = result.getJsonObject("details");
    assertThat(result.getDouble("seconds")).as("it ends with the file").isLessThan(29);
    assertThat(details.getJsonArray("notes")).containsExactly("gateway 1 was drained");
    assertThat(details.getJsonArray("waves")).hasSize(1);
    JsonObject wave = details.getJsonArray("waves").getJsonObject(0);
    assertThat(wave.getInteger("connections")).isEqualTo(connections).isPositive();
    assertThat(wave.getInteger("left")).isEqualTo(connections);
    assertThat(wave.getInteger("returned")).isEqualTo(connections);
    assertThat(wave.getJsonObject("ends").getInteger("close 4101")).isEqualTo(connections);
    assertThat(wave.getDouble("planned_per_second")).isEqualTo(10);
    assertThat(details.getJsonObject("requests").getInteger("failed")).isZero();
  }

  @Test
  void whatIsLostRepeatedAndReorderedIsFoundWithAnExitCodeOfItsOwn() {
    try (LyingEcho server = LyingEcho.losingRepeatingAndSwapping()) {
      Cli bench =
          Cli.start(
              "bench",
              "echo",
              "-c",
              "4",
              "-r",
              "400",
              "-s",
              "1",
              "--warmup",
              "0",
              "--url",
              server.url());
      assertThat(bench.exitCode()).as(bench.err()).isEqualTo(CHECK_FAILED);
      JsonObject check = new JsonObject(bench.out().get(0)).getJsonObject("check");
      assertThat(check.getLong("lost")).isEqualTo(40);
      assertThat(check.getLong("repeated")).isEqualTo(40);
      assertThat(check.getLong("reordered")).isEqualTo(40);
    }
  }

  @Test
  void serverThatNeverAnswersDoesNotHoldItUp() {
    try (LyingEcho server = LyingEcho.silent()) {
      Cli bench =
          Cli.start(
              "bench",
              "echo",
              "-c",
              "2",
              "-r",
              "50",
              "-s",
              "1",
              "--warmup",
              "0",
              "--url",
              server.url());
      assertThat(bench.exitCode()).as(bench.err()).isEqualTo(CHECK_FAILED);
      JsonObject result = new JsonObject(bench.out().get(0));
      assertThat(result.getJsonObject("check").getLong("lost")).isEqualTo(50);
    }
  }

  @Test
  void pauseOfTheServerIsSeenByEverythingThatWasDueMeanwhile() {
    try (LyingEcho server = LyingEcho.pausing()) {
      JsonObject result =
          new JsonObject(
              Cli.lines(
                      "bench",
                      "echo",
                      "-c",
                      "1",
                      "-r",
                      "200",
                      "-s",
                      "1",
                      "--warmup",
                      "0",
                      "--url",
                      server.url())
                  .get(0));
      // Half of what was due fell into the pause of half a second, not one message.
      assertThat(result.getJsonObject("latency_ms").getLong("count")).isEqualTo(200);
      assertThat(result.getJsonObject("latency_ms").getDouble("p90")).isGreaterThan(250);
    }
  }

  @Test
  void otherMachinesAndWhatIsOutOfBoundsAreNotLoaded() {
    assertRefused("--remote", "echo", "--url", "http://192.0.2.1");
    assertRefused("--connections", "echo", "-c", "1000000", "--url", url(0));
    assertRefused("--rate times seconds", "echo", "-r", "1000000", "-s", "3600", "--url", url(0));
    assertRefused("no-such-thing", "no-such-thing");
    Cli wrong =
        Cli.with(Map.of("TRUNKLINE_API_KEY", "wrong"), "", "bench", "idle", "--url", url(0));
    assertThat(wrong.exitCode()).as(wrong.err()).isEqualTo(77);
  }

  private static void assertRefused(String named, String... args) {
    String[] all = new String[args.length + 1];
    all[0] = "bench";
    System.arraycopy(args, 0, all, 1, args.length);
    Cli cli = Cli.start(all);
    assertThat(cli.exitCode()).as(cli.err()).isEqualTo(2);
    assertThat(cli.err()).contains(named);
  }

  private static String url(int gateway) {
    return cluster.gateway(gateway).wsUri().replaceFirst("/ws$", "");
  }
}
