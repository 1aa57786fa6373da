package io.trunkline.cluster;

import static io.trunkline.cluster.FrameAssert.assertFrame;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Await;
import io.trunkline.testing.TestPostgres;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Plays the newcomer of docs/extending.md: a type in a jar beside the session service's. */
class MessageTypeJarTest {
  @RegisterExtension static final LocalCluster cluster = LocalCluster.of(2, 0);

  private static JvmProcess service;

  @BeforeAll
  static void start() {
    Path serviceJar = Path.of(System.getProperty("trunkline.session-verticle.jar"));
    Path reactions = Example.jar("message-type-jar", List.of(serviceJar));
    Map<String, String> settings = new HashMap<>(cluster.settingsToJoin());
    settings.put("TRUNKLINE_NODE_NAME", "reactions");
    settings.put("TRUNKLINE_DATABASE_URL", TestPostgres.freshDatabase());
    settings.put("TRUNKLINE_MANAGEMENT_PORT", "0");
    service =
        JvmProcess.start(
            "reactions",
            List.of(serviceJar, reactions),
            "io.trunkline.session.SessionMain",
            settings);
    Await.until(
        () -> cluster.gateways().stream().allMatch(gateway -> gateway.gateway().isConnected()),
        LocalCluster.PATIENCE,
        "the gateways have found the session service");
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  @Test
  void reactionIsStoredReachesSubscribersAndSubscribesWhoReacts() {
    Client alice = cluster.client(0, "alice");
    Client bob = cluster.client(1, "bob");
    assertFrame(alice.ask("subscribe", "channel", "news")).is("subscribed");
    assertFrame(alice.ask("publish", "channel", "news", "message", "hi")).has("offset", 1);
    assertFrame(alice.next()).is("message");

    assertFrame(bob.ask("reaction", "channel", "news", "to", 1, "emoji", "👍"))
        .is("ack")
        .has("offset", 2);
    for (Client reader : List.of(alice, bob)) {
      assertFrame(reader.next())
          .is("reaction")
          .has("sender", "bob")
          .has("to", 1)
          .has("emoji", "👍")
          .has("offset", 2);
    }
    assertFrame(alice.ask("publish", "channel", "news", "message", "thanks")).is("ack");
    assertFrame(bob.next()).is("message").has("offset", 3);
  }

  @Test
  void whatIsNotRightIsNamed() {
    Client carol = cluster.client(0, "carol");
    assertNamed(carol.ask("reaction", "channel", "news", "emoji", "!"), "to: missing");
    assertNamed(carol.ask("reaction", "to", 1, "emoji", "!"), "channel: missing");
    assertNamed(carol.ask("reaction", "channel", "news", "to", 1, "emoji", 7), "emoji: expected");
    assertNamed(
        carol.ask("reaction", "channel", "live.x", "to", 1, "emoji", "!"), "channel: expected");
  }

  private static void assertNamed(JsonObject frame, String message) {
    assertFrame(frame).isError("bad_request", false);
    assertThat(frame.getString("message")).startsWith(message);
  }
}
