package io.trunkline.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.core.HazelcastInstance;
import io.trunkline.testing.Await;
import io.vertx.core.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** When a node may take itself for lost; looks are made here and not waited for. */
class StrandedTest {
  @RegisterExtension final Cast cast = new Cast(1);

  private final AtomicInteger calls = new AtomicInteger();

  @Test
  void aNodeInItsClusterIsNotStranded() {
    Node node = cast.join(0, "alone", Role.GATEWAY);
    Stranded stranded = of(node);
    for (int i = 0; i < 2 * Stranded.LIMIT; i++) {
      Await.result(node.lookAtRegistrations());
      stranded.look();
    }
    assertThat(calls).hasValue(0);
  }

  @Test
  void aNodeWhoseHazelcastHasEndedIsStrandedOnce() {
    Node node = cast.join(0, "alone", Role.GATEWAY);
    HazelcastInstance hazelcast = node.members().hazelcast();
    Stranded stranded = of(node);
    hazelcast.getLifecycleService().terminate();
    look(stranded, Stranded.LIMIT - 1);
    assertThat(calls).hasValue(0);
    look(stranded, Stranded.LIMIT);
    assertThat(calls).hasValue(1);
  }

  @Test
  void aHazelcastThatDoesNotAnswerStrandsItsNode() {
    Stranded stranded = new Stranded(Future::succeededFuture, () -> 7, calls::incrementAndGet);
    look(stranded, 1 + Stranded.LIMIT);
    assertThat(calls).hasValue(1);
  }

  @Test
  void oneAnswerStartsTheCountAnew() {
    AtomicInteger answers = new AtomicInteger();
    Stranded stranded = new Stranded(Future::succeededFuture, answers::get, calls::incrementAndGet);
    look(stranded, Stranded.LIMIT - 1);
    answers.incrementAndGet();
    look(stranded, Stranded.LIMIT);
    assertThat(calls).hasValue(0);
  }

  private Stranded of(Node node) {
    return new Stranded(node::inCluster, node::registrationLooks, calls::incrementAndGet);
  }

  private static void look(Stranded stranded, int times) {
    for (int i = 0; i < times; i++) {
      stranded.look();
    }
  }
}
