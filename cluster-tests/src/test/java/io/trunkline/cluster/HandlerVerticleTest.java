package io.trunkline.cluster;

import static io.trunkline.cluster.FrameAssert.assertFrame;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Await;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Plays the newcomer of docs/extending.md: a verticle in JVMs that know nothing of ours. */
class HandlerVerticleTest {
  @RegisterExtension static final LocalCluster cluster = LocalCluster.of(2, 1);

  /** What the example's pom brings, and a log. */
  private static final List<String> NEEDED =
      List.of(
          "/handler/target/",
          "/protocol/target/",
          "/vertx-core",
          "/vertx-hazelcast/",
          "/com/hazelcast/",
          "/io/netty/",
          "/com/fasterxml/");

  private static List<Path> classPath;

  private final List<JvmProcess> started = new ArrayList<>();

  @BeforeAll
  static void build() {
    classPath = new ArrayList<>(Example.onClassPath(NEEDED));
    classPath.add(Example.jar("handler-verticle", classPath));
  }

  @AfterEach
  void stop() {
    started.forEach(JvmProcess::close);
  }

  @Test
  void diceAreThrownWhileAnyOfTheirJvmsLives() {
    Client alice = cluster.client(0, "alice");
    Client bob = cluster.client(1, "bob");
    assertFrame(alice.ask("dice", "sides", 6)).isError("unknown_type", false);

    JvmProcess one = start("dice-1");
    assertFrame(alice.ask("dice", "sides", 6)).is("dice").has("for", "alice").has("by", "dice-1");
    assertFrame(bob.ask("dice", "sides", 6)).is("dice").has("for", "bob");
    JsonObject refused = bob.ask("dice", "sides", 1);
    assertFrame(refused).isError("bad_request", false);
    assertThat(refused.getString("message")).startsWith("sides:");

    JvmProcess two = start("dice-2");
    Await.until(() -> throwers(alice).size() == 2, Duration.ofSeconds(10), "both take their turn");

    one.kill();
    for (int i = 0; i < 30; i++) {
      assertFrame(thrown(i % 2 == 0 ? alice : bob)).is("dice");
    }
    assertFrame(thrown(bob)).has("by", "dice-2");

    two.terminate();
    long began = System.nanoTime();
    long last = began;
    JsonObject frame = thrown(alice);
    while (frame.getString("type").equals("dice")) {
      last = System.nanoTime();
      frame = thrown(alice);
    }
    assertFrame(frame).isError("unknown_type", false);
    assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began))
        .as("millis until refused; last served after %d", (last - began) / 1_000_000)
        .isLessThan(2000);
    assertThat(two.ends()).as("ends by itself").isTrue();
    assertFrame(bob.ask("echo", "content", 1)).is("echo");
  }

  @Test
  void killOfTheLastIsAnUnknownTypeSoon() {
    Client carol = cluster.client(0, "carol");
    JvmProcess only = start("dice-3");
    assertFrame(thrown(carol)).is("dice");

    only.kill();
    long began = System.nanoTime();
    assertFrame(thrown(carol)).isError("unknown_type", false);
    assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began)).isLessThan(4000);
  }

  private JvmProcess start(String name) {
    Map<String, String> settings = new HashMap<>(cluster.settingsToJoin());
    settings.put("DICE_NAME", name);
    JvmProcess process = JvmProcess.start(name, classPath, "com.example.dice.DiceMain", settings);
    started.add(process);
    Await.until(() -> process.hasSaid("ready"), LocalCluster.PATIENCE, name + " is ready");
    return process;
  }

  /** Not faster than the example lets one connection be. */
  private static JsonObject thrown(Client client) {
    JsonObject frame = client.ask("dice", "sides", 6);
    while ("rate_limited".equals(frame.getString("code"))) {
      frame = client.ask("dice", "sides", 6);
    }
    return frame;
  }

  private static Set<String> throwers(Client client) {
    Set<String> names = new HashSet<>();
    for (int i = 0; i < 6; i++) {
      names.add(thrown(client).getString("by"));
    }
    return names;
  }
}
