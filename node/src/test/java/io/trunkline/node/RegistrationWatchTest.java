package io.trunkline.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.multimap.MultiMap;
import io.trunkline.protocol.BusMessage.Done;
import io.trunkline.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.spi.cluster.NodeInfo;
import io.vertx.core.spi.cluster.RegistrationInfo;
import io.vertx.spi.cluster.hazelcast.impl.HazelcastNodeInfo;
import io.vertx.spi.cluster.hazelcast.impl.HazelcastRegistrationInfo;
import java.time.Duration;
import java.util.Collection;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Damages what Hazelcast holds, as kills and merges were seen to do, and waits for the repair. */
class RegistrationWatchTest {
  private static final String ADDRESS = "question";

  /** Within which a cluster repairs itself. */
  private static final Duration REPAIR = Duration.ofSeconds(15);

  @RegisterExtension final Cast cast = new Cast(2);

  private Node asker;
  private Node answerer;
  private MultiMap<String, HazelcastRegistrationInfo> subscriptions;

  @BeforeEach
  void twoNodes() {
    asker = cast.join(0, "asker", Role.GATEWAY);
    answerer = cast.join(1, "answerer", Role.SESSION);
    Await.result(
        answerer
            .vertx()
            .eventBus()
            .consumer(ADDRESS, message -> message.reply(new Done()))
            .completion());
    subscriptions = hazelcast(asker).getMultiMap(HazelcastSettings.SUBSCRIPTIONS);
    assertThat(Await.result(ask())).isEqualTo(new Done());
  }

  @Test
  void aConsumerThatWasLostIsPutBackUnasked() {
    assertThat(subscriptions.remove(ADDRESS)).hasSize(1);
    Await.until(() -> !subscriptions.get(ADDRESS).isEmpty(), REPAIR, "it is put back");
    Await.until(() -> ask().toCompletionStage().toCompletableFuture().get() != null, "it answers");
    assertThat(answerer.registrationRepairs()).isPositive();
  }

  @Test
  void aConsumerOfANodeThatIsGoneIsTakenOut() {
    RegistrationInfo stale = new RegistrationInfo(UUID.randomUUID().toString(), 7, false);
    subscriptions.put(ADDRESS, new HazelcastRegistrationInfo(stale));
    untilRepaired(() -> subscriptions.get(ADDRESS).size() == 1);
    Await.until(this::answers, REPAIR, "senders are told");
  }

  @Test
  void aConsumerThatItsNodeDoesNotHaveIsTakenOut() {
    String nodeId = entries().iterator().next().unwrap().nodeId();
    subscriptions.put(
        "forgotten", new HazelcastRegistrationInfo(new RegistrationInfo(nodeId, 99, false)));
    untilRepaired(() -> subscriptions.get("forgotten").isEmpty());
  }

  @Test
  void aNodeThatWasLostIsPutBackAndOneThatIsGoneIsTakenOut() {
    var nodeInfos =
        hazelcast(asker).<String, HazelcastNodeInfo>getMap(HazelcastSettings.NODE_INFOS);
    String nodeId = entries().iterator().next().unwrap().nodeId();
    nodeInfos.delete(nodeId);
    nodeInfos.set("gone", new HazelcastNodeInfo(new NodeInfo("127.0.0.1", 1, null)));
    untilRepaired(() -> nodeInfos.containsKey(nodeId) && !nodeInfos.containsKey("gone"));
  }

  @Test
  void nothingIsRepairedWhereNothingIsWrong() {
    long before = asker.registrationRepairs() + answerer.registrationRepairs();
    Await.result(asker.lookAtRegistrations());
    Await.result(asker.lookAtRegistrations());
    Await.result(answerer.lookAtRegistrations());
    Await.result(answerer.lookAtRegistrations());
    assertThat(asker.registrationRepairs() + answerer.registrationRepairs()).isEqualTo(before);
    assertThat(before).isZero();
  }

  private boolean answers() {
    return Await.result(ask().map(true).otherwise(false), REPAIR);
  }

  /** Two looks of each node are enough, and none has to be waited for. */
  private void untilRepaired(Callable<Boolean> condition) {
    for (int look = 0; look < 2; look++) {
      Await.result(asker.lookAtRegistrations());
      Await.result(answerer.lookAtRegistrations());
    }
    Await.until(condition, "it is repaired");
  }

  private Collection<HazelcastRegistrationInfo> entries() {
    return subscriptions.get(ADDRESS);
  }

  private Future<Object> ask() {
    return asker
        .vertx()
        .eventBus()
        .request(ADDRESS, new Done(), new DeliveryOptions().setSendTimeout(5_000))
        .map(reply -> reply.body());
  }

  private static HazelcastInstance hazelcast(Node node) {
    return Hazelcast.getAllHazelcastInstances().stream()
        .filter(
            instance ->
                node.name()
                    .equals(
                        instance
                            .getCluster()
                            .getLocalMember()
                            .getAttribute(Members.NAME_ATTRIBUTE)))
        .findFirst()
        .orElseThrow();
  }
}
