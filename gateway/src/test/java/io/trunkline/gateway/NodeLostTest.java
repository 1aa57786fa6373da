package io.trunkline.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.hazelcast.core.Hazelcast;
import io.trunkline.node.Node;
import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage;
import io.trunkline.testing.Await;
import io.trunkline.testing.WebSocketProbe;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Hazelcast says that a node has gone: the gateway does not wait for what that node had in hand.
 */
class NodeLostTest {
  @RegisterExtension static final Rig rig = new Rig();

  @Test
  void aRequestThatALostNodeHadIsAnsweredByAnotherBeforeTheAttemptsTimeIsUp() {
    WebSocketProbe alice = rig.login("alice");
    Node guest = rig.nodes().guest();
    AtomicInteger taken = new AtomicInteger();
    Await.result(
        guest
            .vertx()
            .eventBus()
            .<BusMessage>consumer(Addresses.message("taken"), request -> taken.incrementAndGet())
            .completion());
    long start = System.nanoTime();
    alice.send("{\"type\":\"taken\"}");
    Await.until(() -> taken.get() == 1, "the guest has it");
    rig.service().answer("taken", request -> ScriptedService.reply("{\"type\":\"found\"}"));

    crash(guest);
    Await.until(() -> !rig.nodes().isThere(guest), "the guest has gone");
    assumeTrue(millisSince(start) < Inbound.ATTEMPT_MILLIS / 2, "the machine is too busy");
    alice.expect("found");
    assertThat(millisSince(start)).isLessThan(Inbound.ATTEMPT_MILLIS);
    Await.result(guest.leave());
  }

  private static void crash(Node node) {
    Hazelcast.getAllHazelcastInstances().stream()
        .filter(one -> one.getCluster().getLocalMember().getAttributes().containsValue(node.name()))
        .forEach(one -> one.getLifecycleService().terminate());
  }

  private static long millisSince(long start) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
  }
}
