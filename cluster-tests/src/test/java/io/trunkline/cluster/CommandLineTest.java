package io.trunkline.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Await;
import io.trunkline.testing.Ports;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The command {@code trunkline} against real nodes. */
class CommandLineTest {
  @RegisterExtension static final LocalCluster cluster = LocalCluster.of(2, 1);

  @TempDir private Path directory;

  @Test
  void whatIsSentToAUserIsReceivedByTail() {
    cluster.gateway(0).api().login("tailed");
    Cli tail = Cli.start("tail", "tailed", "--count", "2", "--url", url(0));
    awaitOnline("tailed");

    assertThat(send("tailed", "one").getLong("offset")).isEqualTo(1);
    Path alice = session("alice-of-cli");
    Cli.lines("send", "tailed", "two", "--session", alice.toString(), "--url", url(1));

    assertThat(tail.exitCode()).as(tail.err()).isZero();
    assertThat(messages(tail)).containsExactly("one", "two");
    assertThat(new JsonObject(tail.out().get(1)).getString("sender")).isEqualTo("alice-of-cli");
  }

  @Test
  void whatIsPublishedIsReceivedByTailOfTheChannelFromTheOldestOnWithSinceZero() {
    send("--channel", "cli.news", "old");
    Cli tail =
        Cli.start("tail", "--channel", "cli.news", "--since", "0", "--count", "2", "--url", url(0));
    tail.awaitLines(1);
    Path alice = session("publisher");
    Cli.lines(
        "send",
        "--channel",
        "cli.news",
        "-j",
        "{\"n\":2}",
        "--session",
        alice.toString(),
        "--url",
        url(1));
    tail.awaitLines(2);

    assertThat(messages(tail)).containsExactly("old", new JsonObject().put("n", 2));
  }

  @Test
  void whatTailHasPrintedIsStillUnreadForTheUser() {
    cluster.gateway(0).api().login("reader");
    send("reader", "for the reader");
    Cli tail = Cli.start("tail", "reader", "--count", "1", "--url", url(0));
    assertThat(tail.exitCode()).as(tail.err()).isZero();

    Client reader = cluster.client(1, "reader");
    assertThat(reader.next().getString("message")).isEqualTo("for the reader");
  }

  @Test
  void tailGoesOnElsewhereWhenItsGatewayIsKilledAndRepeatsNothing() {
    cluster.gateway(0).api().login("survivor");
    int port = Ports.free();
    try (JarProcess doomed = JarProcess.gateway(gatewayOn(port))) {
      Await.until(() -> doomed.hasLogged("started"), Duration.ofSeconds(60), "gateway is there");
      String urls = "http://127.0.0.1:" + port + "," + url(0);
      Cli tail = Cli.start("tail", "survivor", "--api", url(0), "--url", urls, "--count", "20");
      awaitOnline("survivor");
      IntStream.range(0, 10).forEach(i -> send("survivor", "m" + i));
      tail.awaitLines(10);

      doomed.close();
      IntStream.range(10, 20).forEach(i -> send("survivor", "m" + i));

      assertThat(tail.exitCode()).as(tail.err()).isZero();
      assertThat(messages(tail))
          .isEqualTo(IntStream.range(0, 20).<Object>mapToObj(i -> "m" + i).toList());
      assertThat(tail.err()).contains("connection ended");
    }
  }

  @Test
  void tailOfASessionThatIsDeletedMakesAnotherAndRepeatsNothing() {
    cluster.gateway(0).api().login("renewed");
    Cli tail = Cli.start("tail", "renewed", "--count", "2", "--url", url(0));
    awaitOnline("renewed");
    send("renewed", "before");
    tail.awaitLines(1);

    Cli.lines("sessions", "delete", "--user", "renewed", "--url", url(1));
    Await.until(() -> tail.err().contains("4001"), "the session's end is told");
    send("renewed", "after");

    assertThat(tail.exitCode()).as(tail.err()).isZero();
    assertThat(messages(tail)).containsExactly("before", "after");
  }

  @Test
  void launcherInAPipePrintsEachMessageAsOneJsonObjectALine() throws Exception {
    cluster.gateway(0).api().login("piped");
    Client writer = cluster.client(1, "writer-of-lines");
    writer
        .probe()
        .send(
            "{\"type\":\"private_message\",\"id\":\"l\",\"receiver\":\"piped\",\"message\":{\"a\":\n1}}");
    writer.answerTo("l");
    send("piped", "\u001b[31mred\nline");
    ProcessBuilder builder =
        new ProcessBuilder(
            System.getProperty("trunkline.launcher"),
            "tail",
            "piped",
            "--count=2",
            "--url",
            url(0));
    builder.environment().put("TRUNKLINE_API_KEY", ServerApi.KEY);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.redirectError(directory.resolve("err").toFile());
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(Files.readString(directory.resolve("err"))).isZero();
    List<JsonObject> frames = out.lines().map(JsonObject::new).toList();
    assertThat(frames)
        .extracting(frame -> frame.getValue("message"))
        .containsExactly(new JsonObject().put("a", 1), "\u001b[31mred\nline");
    assertThat(out).doesNotContain("\u001b");
  }

  @Test
  void hostileTextIsShownAsTextOnATerminal() {
    cluster.gateway(0).api().login("shown");
    send("shown", "\u001b[2Jgone\r\u202etxet");
    Cli tail = Cli.onTerminal("tail", "shown", "--count", "1", "--url", url(0));

    assertThat(tail.exitCode()).as(tail.err()).isZero();
    assertThat(tail.out()).hasSize(1);
    assertThat(tail.out().get(0))
        .startsWith("\u001b[2m")
        .endsWith(": \\u001b[2Jgone\\u000d\\u202etxet");
  }

  @Test
  void wrongKeyIsNamedWithExitCode77AndNotShown() {
    Cli wrong =
        Cli.with(Map.of("TRUNKLINE_API_KEY", "not-the-right-key"), "", "nodes", "--url", url(0));

    assertThat(wrong.exitCode()).isEqualTo(77);
    assertThat(wrong.err()).contains("401", "TRUNKLINE_API_KEY").doesNotContain("not-the-right");
    assertThat(wrong.out()).isEmpty();
  }

  @Test
  void whatIsMissingWrongOrAwayHasAnExitCodeOfItsOwn() {
    String nowhere = "http://127.0.0.1:" + Ports.free();
    assertEnds(78, "TRUNKLINE_API_KEY", Cli.with(Map.of(), "", "nodes", "--url", url(0)));
    assertEnds(69, nowhere, Cli.start("nodes", "--url", nowhere));
    assertEnds(
        1, "unknown_receiver", Cli.start("send", "nobody-of-that-name", "x", "--url", url(0)));
    assertEnds(2, "--url", Cli.start("nodes", "--url", "gopher://127.0.0.1"));
    assertEnds(2, "RECEIVER", Cli.start("send", "alone", "--url", url(0)));
  }

  @Test
  void sessionIsMadeShownWithoutItsIdAndDeleted() {
    JsonObject made =
        new JsonObject(
            Cli.lines("sessions", "create", "made", "--ttl", "60", "--url", url(0)).get(0));
    String id = made.getString("session_id");
    Map<String, String> key = Map.of("TRUNKLINE_API_KEY", ServerApi.KEY);

    Cli shown = Cli.with(key, made.encode(), "sessions", "show", "-", "--url", url(1));
    assertThat(shown.exitCode()).as(shown.err()).isZero();
    assertThat(shown.out().get(0)).contains("made", "valid").doesNotContain(id);

    Cli deleted = Cli.with(key, id, "sessions", "delete", "-", "--url", url(1));
    assertThat(deleted.exitCode()).as(deleted.err()).isZero();
    assertThat(Cli.with(key, id, "sessions", "show", "-", "--url", url(0)).exitCode()).isOne();
    Cli misplaced = Cli.start("sessions", "show", id, "--url", url(0));
    assertThat(misplaced.exitCode()).isEqualTo(78);
    assertThat(misplaced.err()).doesNotContain(id);
  }

  @Test
  void presenceAndNodesAreListed() {
    cluster.client(0, "present");
    JsonObject presence =
        new JsonObject(Cli.lines("presence", "present", "absent", "--url", url(1)).get(0));
    assertThat(presence.getLong("count")).isOne();

    // Its numbers are up to two seconds old.
    Await.until(
        () -> nodesOnTerminal().stream().anyMatch(l -> l.matches("gateway +.* connections=1 .*")),
        "the gateway has told of its connection");
    assertThat(nodesOnTerminal())
        .hasSize(3)
        .anyMatch(line -> line.matches("session +session-\\d+ .*requests_in_hand=.*"));
    assertThat(Cli.lines("nodes", "--url", url(0)))
        .extracting(line -> new JsonObject(line).getBoolean("answers"))
        .containsOnly(true);
  }

  @Test
  void completionIsAScriptForBash() throws IOException, InterruptedException {
    Path script = directory.resolve("completion.sh");
    Files.write(script, Cli.lines("completion"));
    Process bash = new ProcessBuilder("bash", "-n", script.toString()).start();
    assertThat(bash.waitFor()).isZero();
    assertThat(Files.readString(script)).contains("complete ", "tail", "sessions");
  }

  private static List<String> nodesOnTerminal() {
    Cli nodes = Cli.onTerminal("nodes", "--url", url(0));
    assertThat(nodes.exitCode()).as(nodes.err()).isZero();
    return nodes.out();
  }

  private static void assertEnds(int exitCode, String named, Cli cli) {
    assertThat(cli.exitCode()).as(cli.err()).isEqualTo(exitCode);
    assertThat(cli.err()).contains(named);
  }

  private static JsonObject send(String... words) {
    String[] args = new String[words.length + 3];
    args[0] = "send";
    System.arraycopy(words, 0, args, 1, words.length);
    args[words.length + 1] = "--url";
    args[words.length + 2] = url(0);
    return new JsonObject(Cli.lines(args).get(0));
  }

  private static void awaitOnline(String user) {
    Await.until(
        () ->
            cluster.gateway(0).api().get("presence?users=" + user).json().getInteger("count") == 1,
        user + " is online");
  }

  private Path session(String user) {
    try {
      Path file = directory.resolve(user);
      return Files.writeString(file, cluster.gateway(0).api().login(user) + "\n");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static List<Object> messages(Cli tail) {
    return tail.out().stream().map(line -> new JsonObject(line).getValue("message")).toList();
  }

  private static String url(int gateway) {
    return cluster.gateway(gateway).wsUri().replaceFirst("/ws$", "");
  }

  private static Map<String, String> gatewayOn(int port) {
    Map<String, String> settings = new HashMap<>(cluster.settingsToJoin());
    settings.put("TRUNKLINE_HTTP_HOST", "127.0.0.1");
    settings.put("TRUNKLINE_HTTP_PORT", String.valueOf(port));
    settings.put("TRUNKLINE_MANAGEMENT_PORT", "0");
    settings.put("TRUNKLINE_API_KEY", ServerApi.KEY);
    return settings;
  }
}
