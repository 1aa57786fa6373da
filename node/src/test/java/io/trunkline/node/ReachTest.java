package io.trunkline.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.multimap.MultiMap;
import io.trunkline.protocol.BusMessage.Done;
import io.trunkline.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.spi.cluster.RegistrationInfo;
import io.vertx.spi.cluster.hazelcast.impl.HazelcastRegistrationInfo;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** One that asks and two that answer, of which one can be made deaf. */
class ReachTest {
  private static final String ADDRESS = "question";
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @RegisterExtension final Cast cast = new Cast(3);

  private final AtomicBoolean deaf = new AtomicBoolean();

  /** Questions that reached the one that can be made deaf. */
  private final AtomicInteger reached = new AtomicInteger();

  private final AtomicInteger lost = new AtomicInteger();
  private Node asker;
  private Node other;

  @BeforeEach
  void start() {
    asker = cast.join(0, "asker", Role.GATEWAY);
    other = cast.join(1, "other", Role.SESSION);
    asker.onNodeLost(lost::incrementAndGet);
    other
        .vertx()
        .eventBus()
        .addInboundInterceptor(
            delivery -> {
              if (delivery.message().address().equals(ADDRESS)) {
                reached.incrementAndGet();
              }
              if (!deaf.get()) {
                delivery.next();
              }
            });
    answer(other);
  }

  @Test
  void aNodeThatDoesNotAnswerIsPassedOverUntilItDoes() {
    answer(cast.join(2, "third", Role.SESSION));
    Await.until(() -> allAnswer() && reached.get() > 0, PATIENCE, "both are asked");
    assertThat(lost).hasValue(0);
    deaf.set(true);
    Await.until(() -> lost.get() == 1, PATIENCE, "it is missed");
    long repairs = asker.registrationRepairs();

    reached.set(0);
    assertThat(allAnswer()).isTrue();
    Await.result(asker.lookAtRegistrations());
    Await.result(asker.lookAtRegistrations());
    assertThat(allAnswer()).isTrue();
    assertThat(reached).hasValue(0);
    assertThat(asker.registrationRepairs()).as("what is hidden is not lost").isEqualTo(repairs);

    deaf.set(false);
    Await.until(() -> allAnswer() && reached.get() > 0, PATIENCE, "it is asked again");
    assertThat(lost).hasValue(1);
  }

  @Test
  void aConsumerThatComesWhileItsNodeIsPassedOverIsPassedOverToo() {
    answer(cast.join(2, "third", Role.SESSION));
    deaf.set(true);
    Await.until(() -> lost.get() == 1, PATIENCE, "it is missed");
    answer(other);
    Await.until(this::allAnswer, PATIENCE, "that is known");
    reached.set(0);
    assertThat(allAnswer()).isTrue();
    assertThat(reached).hasValue(0);
  }

  @Test
  void whereNobodyElseIsItIsAskedAllTheSame() {
    Await.until(() -> allAnswer() && reached.get() > 0, PATIENCE, "it is asked");
    deaf.set(true);
    Await.until(() -> lost.get() == 1, PATIENCE, "it is missed");
    deaf.set(false);
    assertThat(Await.result(ask())).isEqualTo(new Done());
  }

  /** Hazelcast takes a moment to take out what a dead node leaves, and sometimes forgets. */
  @Test
  void aNodeThatHasDiedIsPassedOverThoughItsConsumersAreStillListed() {
    answer(cast.join(2, "third", Role.SESSION));
    Await.until(() -> allAnswer() && reached.get() > 0, PATIENCE, "both are asked");
    String id =
        other
            .members()
            .hazelcast()
            .getCluster()
            .getLocalMember()
            .getAttribute(HazelcastSettings.NODE_ID_ATTRIBUTE);
    other.members().hazelcast().getLifecycleService().terminate();
    Await.until(() -> lost.get() > 0, PATIENCE, "its end is seen");
    Await.until(this::allAnswer, PATIENCE, "what was on its way has arrived");
    reached.set(0);
    MultiMap<String, HazelcastRegistrationInfo> subscriptions =
        asker.members().hazelcast().getMultiMap(HazelcastSettings.SUBSCRIPTIONS);
    subscriptions.put(ADDRESS, new HazelcastRegistrationInfo(new RegistrationInfo(id, 99, false)));
    long end = System.nanoTime() + Duration.ofSeconds(1).toNanos();
    Await.until(() -> allAnswer() && System.nanoTime() > end, PATIENCE, "that is known");
    assertThat(reached).hasValue(0);
  }

  private boolean allAnswer() {
    List<Future<Object>> answers = IntStream.range(0, 10).mapToObj(i -> ask()).toList();
    return Await.result(Future.join(answers).map(true).otherwise(false), Duration.ofSeconds(5));
  }

  private Future<Object> ask() {
    return asker
        .vertx()
        .eventBus()
        .request(ADDRESS, new Done(), new DeliveryOptions().setSendTimeout(2_000))
        .map(reply -> reply.body());
  }

  private static void answer(Node node) {
    Await.result(
        node.vertx()
            .eventBus()
            .consumer(ADDRESS, message -> message.reply(new Done()))
            .completion());
  }
}
