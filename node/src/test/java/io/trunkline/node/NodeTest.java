package io.trunkline.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.protocol.BusMessage.Done;
import io.trunkline.protocol.BusMessage.Heads;
import io.trunkline.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.eventbus.DeliveryOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.RegisterExtension;

class NodeTest {
  private static final int SIZE = 4;

  @RegisterExtension final Cast cast = new Cast(SIZE);

  @Test
  void nodesFindEachOtherWhicheverStartsFirst() {
    List<Node> nodes = new ArrayList<>();
    for (int index : new int[] {2, 0, 1}) {
      nodes.add(cast.join(index, "node-" + index, Role.OTHER));
    }
    assertTogether(nodes);
  }

  /** A session service has no WebSockets, and as many packets. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void everyNodeUsesTheNativeTransport() {
    assertThat(cast.join(0, "s1", Role.SESSION).vertx().isNativeTransportEnabled()).isTrue();
  }

  @Test
  void nodesFindEachOtherWhenAllStartAtOnce() {
    List<Future<Node>> starting = new ArrayList<>();
    for (int index = 0; index < SIZE; index++) {
      starting.add(cast.starting(index, "node-" + index, Role.OTHER));
    }
    assertTogether(Await.result(Future.all(starting), Cast.PATIENCE).list());
  }

  @Test
  void membersAreToldApartByRole() {
    Node gateway = cast.join(0, "g1", Role.GATEWAY);
    Node session = cast.join(1, "s1", Role.SESSION);
    assertThat(session.members().of(Role.GATEWAY)).containsExactly("g1");
    assertThat(session.members().of(Role.SESSION)).containsExactly("s1");
    assertThat(session.members().of(Role.OTHER)).isEmpty();
    Await.until(() -> gateway.members().of(Role.SESSION).equals(Set.of("s1")), "g1 sees s1");
  }

  @Test
  void aRequestCrossesNodesAsSoonAsBothHaveJoined() {
    Node asker = cast.join(0, "asker", Role.OTHER);
    Node answerer = cast.join(1, "answerer", Role.OTHER);
    Await.result(
        answerer
            .vertx()
            .eventBus()
            .<Heads>consumer("question", message -> message.reply(new Done()))
            .completion());
    assertThat(Await.result(ask(asker, "question"))).isEqualTo(new Done());
  }

  @Test
  void aNodeThatLeavesIsGoneAtOnceAndNobodySendsToItAnyMore() {
    Node stays = cast.join(0, "stays", Role.SESSION);
    Node leaves = cast.join(1, "leaves", Role.SESSION);
    answer(stays, "shared");
    answer(leaves, "shared");
    AtomicInteger changes = new AtomicInteger();
    stays.members().onChange(changes::incrementAndGet);

    cast.leave(leaves);

    Await.until(
        () -> stays.members().of(Role.SESSION).equals(Set.of("stays")),
        Duration.ofSeconds(1),
        "the node is gone");
    Await.until(() -> changes.get() > 0, "the listener was told");
    for (int i = 0; i < 10; i++) {
      assertThat(Await.result(ask(stays, "shared"))).isEqualTo(new Done());
    }
  }

  @Test
  void aNameThatALiveNodeHasIsRefused() {
    cast.join(0, "twin", Role.GATEWAY);
    Future<Node> second = Node.join(cast.settings(1, "twin"), Role.SESSION, Duration.ofMillis(100));
    assertThatThrownBy(() -> Await.result(second, Cast.PATIENCE))
        .cause()
        .isInstanceOf(StartFailed.class)
        .hasMessageContaining("node name 'twin' is taken by the member at");
  }

  @Test
  void aNameIsFreeOnceItsNodeHasLeft() {
    cast.join(0, "witness", Role.OTHER);
    Node first = cast.join(1, "heir", Role.GATEWAY);
    Future<Node> second = cast.starting(2, "heir", Role.GATEWAY);
    cast.leave(first);
    assertThat(Await.result(second, Cast.PATIENCE).name()).isEqualTo("heir");
  }

  @Test
  void aPortThatIsTakenIsNamed() {
    Node first = cast.join(0, "first", Role.OTHER);
    Future<Node> second = cast.starting(0, "second", Role.OTHER);
    assertThatThrownBy(() -> Await.result(second, Cast.PATIENCE))
        .cause()
        .isInstanceOf(StartFailed.class)
        .hasMessageStartingWith("cannot join the cluster at 127.0.0.1:");
    assertThat(first.members().of(Role.OTHER)).containsExactly("first");
  }

  private static void assertTogether(List<Node> nodes) {
    for (Node node : nodes) {
      Await.until(
          () -> node.members().of(Role.OTHER).size() == nodes.size(), node.name() + " sees all");
    }
  }

  private static void answer(Node node, String address) {
    Await.result(
        node.vertx()
            .eventBus()
            .consumer(address, message -> message.reply(new Done()))
            .completion());
  }

  private static Future<Object> ask(Node node, String address) {
    return node.vertx()
        .eventBus()
        .request(address, new Heads(List.of()), new DeliveryOptions().setSendTimeout(5_000))
        .map(reply -> reply.body());
  }
}
