package io.trunkline.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.gateway.Relaying.Way;
import io.trunkline.gateway.Shortcuts.Shortcut;
import io.trunkline.protocol.BusMessage.RelaysEnded;
import io.trunkline.protocol.Directive.Relay;
import io.trunkline.protocol.JsonFrame;
import io.trunkline.testing.Await;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** By what a loop goes, and for how long; that it gets there the cluster's tests show. */
class RelayingTest {
  private static final int MILLIS = 60_000;

  private final Vertx vertx = Vertx.vertx();
  private final Loop loop =
      Await.result(vertx.getOrCreateContext().<Loop>executeBlocking(() -> new Loop(vertx)));
  private final Relaying relaying = new Relaying(loop, "g1", null, null, null);

  @AfterEach
  void stop() {
    Await.result(vertx.close());
  }

  @Test
  void aWayHoldsFromWhenItWasAskedFor() {
    long now = loop.now();
    Way way = relaying.learn(relay("s1", 1, MILLIS), now);
    assertThat(way.holds(now + MILLIS - 1)).isTrue();
    assertThat(way.holds(now + MILLIS)).isFalse();
    assertThat(relaying.learn(relay("s1", 1, MILLIS), now - MILLIS)).isNull();
    assertThat(relaying.learn(relay("s1", 1, 0), now)).isNull();
  }

  @Test
  void aWayEndsForAllWhoHoldItWhateverTheyLearntSince() {
    Way first = relaying.learn(relay("s1", 1, MILLIS), loop.now());
    Way second = relaying.learn(relay("s2", 1, MILLIS), loop.now());
    relaying.ended(new RelaysEnded("s1", 2, List.of("channel:other")));
    assertThat(first.holds(loop.now())).isTrue();
    relaying.ended(new RelaysEnded("s1", 3, List.of("channel:news")));
    assertThat(first.holds(loop.now())).isFalse();
    assertThat(second.holds(loop.now())).isFalse();
  }

  @Test
  void whatWasSaidBeforeAnEndAndComesAfterItIsForOneRequestAlone() {
    relaying.ended(new RelaysEnded("s1", 5, List.of("channel:news")));
    assertThat(relaying.learn(relay("s1", 4, MILLIS), loop.now())).isNull();
    assertThat(relaying.learn(relay("s2", 4, MILLIS), loop.now())).isNotNull();
    assertThat(relaying.learn(relay("s1", 5, MILLIS), loop.now())).isNotNull();
  }

  @Test
  void beyondSomeManyTopicsNothingIsRemembered() {
    for (int i = 0; i < Relaying.MOST; i++) {
      assertThat(relaying.learn(relay("channel:" + i, "s1", 1, MILLIS), loop.now())).isNotNull();
    }
    assertThat(relaying.learn(relay("channel:more", "s1", 1, MILLIS), loop.now())).isNull();
    assertThat(relaying.learn(relay("channel:7", "s1", 1, MILLIS), loop.now())).isNotNull();
  }

  @Test
  void aShortcutIsForWhatASessionServiceWouldAllowInTheSameWords() {
    Shortcuts shortcuts = new Shortcuts("publish");
    Way way = relaying.learn(relay("s1", 1, MILLIS), loop.now());
    Shortcut shortcut = new Shortcut(new byte[0], way, loop.now() + MILLIS);
    shortcuts.put("news", shortcut);
    String good = "{'channel':'news','message':1}";
    assertThat(find(shortcuts, "publish", good)).isSameAs(shortcut);
    assertThat(find(shortcuts, "publish", good.replace("}", ",'sender':'alice'}"))).isNotNull();
    assertThat(find(shortcuts, "publish", good.replace("}", ",'sender':'bob'}"))).isNull();
    assertThat(find(shortcuts, "publish", good.replace("news", "other"))).isNull();
    assertThat(find(shortcuts, "publish", "{'channel':'news'}")).isNull();
    assertThat(find(shortcuts, "publish", "{'message':1}")).isNull();
    assertThat(find(shortcuts, "other", good)).isNull();
    relaying.ended(new RelaysEnded("s1", 2, List.of("channel:news")));
    assertThat(find(shortcuts, "publish", good)).isNull();
  }

  @Test
  void aConnectionAsksAgainInItsTurnHoweverOftenOthersHaveAsked() {
    Shortcuts shortcuts = new Shortcuts("publish");
    Way way = relaying.learn(relay("s1", 1, MILLIS), loop.now());
    shortcuts.put("news", new Shortcut(new byte[0], way, loop.now()));
    relaying.learn(relay("s1", 1, MILLIS), loop.now());
    assertThat(way.holds(loop.now())).isTrue();
    assertThat(find(shortcuts, "publish", "{'channel':'news','message':1}")).isNull();
  }

  @Test
  void aConnectionHasShortcutsToItsNewestChannels() {
    Shortcuts shortcuts = new Shortcuts("publish");
    Way way = relaying.learn(relay("s1", 1, MILLIS), loop.now());
    for (int i = 0; i < 20; i++) {
      shortcuts.put("c" + i, new Shortcut(new byte[0], way, loop.now() + MILLIS));
    }
    assertThat(find(shortcuts, "publish", "{'channel':'c3','message':1}")).isNull();
    assertThat(find(shortcuts, "publish", "{'channel':'c4','message':1}")).isNotNull();
  }

  private Shortcut find(Shortcuts shortcuts, String type, String json) {
    byte[] bytes = json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    return shortcuts.find(type, JsonFrame.parse(bytes), "alice", loop.now());
  }

  private static Relay relay(String service, long version, int millis) {
    return relay("channel:news", service, version, millis);
  }

  private static Relay relay(String topic, String service, long version, int millis) {
    return new Relay(topic, "news", new byte[0], List.of("g2"), service, version, millis, null);
  }
}
