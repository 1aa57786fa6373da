package io.trunkline.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.trunkline.node.Peer;
import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusCodec;
import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.BusMessage.Deliver;
import io.trunkline.protocol.BusMessage.Delivery;
import io.trunkline.protocol.BusMessage.Done;
import io.trunkline.protocol.BusMessage.Following;
import io.trunkline.protocol.BusMessage.Heads;
import io.trunkline.testing.Await;
import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OutboxTest {
  private static final String TOPIC = "user:bob";

  private final Vertx vertx = Vertx.vertx();
  private final Context context = vertx.getOrCreateContext();
  private final Directory directory = new Directory();
  private final Counters counters = new Counters(new SimpleMeterRegistry());
  private final Queue<Message<BusMessage>> batches = new ConcurrentLinkedQueue<>();
  private final Queue<Heads> heads = new ConcurrentLinkedQueue<>();
  private volatile boolean confirming = true;
  private Outbox outbox;

  @BeforeEach
  void start() {
    BusCodec.register(vertx.eventBus());
    vertx.eventBus().consumer(Addresses.gateway("g1"), this::onMessage);
    directory.apply(new Following("g1", 1, 1, true, List.of(TOPIC), List.of()));
    onLoop(() -> outbox = new Outbox(vertx, directory, counters));
  }

  @AfterEach
  void stop() {
    Await.result(vertx.close());
  }

  @Test
  void whatOneCommitBringsLeavesTogetherAndInOrder() {
    deliver(1, 10, 100);
    drained();
    assertThat(sizes()).containsExactly(10);
    assertThat(offsets()).containsExactlyElementsOf(range(1, 10));
    assertThat(counters.deliveries().confirmed()).isEqualTo(10);
  }

  @Test
  void aBatchHasAtMost64FramesAndAbout256Kb() {
    deliver(1, 150, 100);
    drained();
    assertThat(sizes()).containsExactly(64, 64, 22);
    batches.clear();
    deliver(151, 160, 60_000);
    drained();
    assertThat(sizes()).containsExactly(5, 5);
  }

  @Test
  void aFrameThatNobodyFollowsIsNotEvenBuilt() {
    AtomicInteger built = new AtomicInteger();
    onLoop(
        () ->
            outbox.deliver(
                "user:nobody",
                1,
                () -> {
                  built.incrementAndGet();
                  return new byte[0];
                }));
    drained();
    assertThat(built).hasValue(0);
    assertThat(batches).isEmpty();
  }

  @Test
  void aMebibyteIsUnconfirmedAtMost() {
    confirming = false;
    deliver(1, 500, 10_000);
    Await.until(() -> batches.size() == 4, "four batches arrive");
    deliver(501, 510, 10_000);
    assertThat(batches).hasSize(4);
    confirming = true;
    List.copyOf(batches).forEach(message -> message.reply(new Done()));
    drained();
    assertThat(offsets()).containsExactlyElementsOf(range(1, 510));
    assertThat(counters.deliveries().lost()).isZero();
  }

  @Test
  void batchesThatFollowOneAnotherAreConfirmedTogether() {
    confirming = false;
    deliver(1, 200, 100);
    Await.until(() -> !questions().isEmpty(), "the gateway is asked");
    assertThat(sizes()).containsExactly(64, 64, 64, 8);
    assertThat(counters.deliveries().confirmed()).isZero();
    confirming = true;
    questions().forEach(message -> message.reply(new Done()));
    drained();
    assertThat(questions()).hasSize(1);
    assertThat(counters.deliveries().confirmed()).isEqualTo(200);
  }

  @Test
  void beyondEightMebibytesTheLatestIsShedAndCounted() {
    confirming = false;
    int frame = 100_000;
    deliver(1, 200, frame);
    long kept = Peer.MAX_BYTES / frame;
    assertThat(counters.deliveries().shed()).isBetween(200 - kept - 1, 200 - kept + 1);
    Await.until(() -> batches.size() == 4, "four batches arrive");
    confirming = true;
    List.copyOf(batches).forEach(message -> message.reply(new Done()));
    drained();
    assertThat(offsets()).containsExactlyElementsOf(range(1, 200 - counters.deliveries().shed()));
    deliver(201, 201, frame);
    drained();
    assertThat(offsets()).contains(201L);
  }

  @Test
  void aFrameLargerThanTheQueueIsShedAndLeavesNothingBehind() {
    deliver(1, 1, Peer.MAX_BYTES);
    drained();
    assertThat(counters.deliveries().shed()).isOne();
    assertThat(batches).isEmpty();
  }

  @Test
  void aBatchThatIsNotConfirmedInTimeIsLostAndTheNextGoesOn() {
    confirming = false;
    deliver(1, 64 * 4, 100);
    Await.until(() -> !questions().isEmpty(), "the gateway is asked");
    confirming = true;
    deliver(257, 260, 100);
    drained();
    assertThat(counters.deliveries().lost()).isEqualTo(64 * 4);
    assertThat(counters.deliveries().confirmed()).isEqualTo(4);
  }

  @Test
  void whatWaitsForAGatewayThatIsGoneIsDropped() {
    confirming = false;
    deliver(1, 500, 10_000);
    Await.until(() -> batches.size() == 4, "four batches arrive");
    directory.keepOnly(Set.of());
    List.copyOf(batches).forEach(message -> message.reply(new Done()));
    drained();
    assertThat(batches).hasSize(4);
    assertThat(counters.deliveries().lost()).isEqualTo(500 - offsets().size());
  }

  @Test
  void aGatewayThatDoesNotAnswerAtAllHoldsUpNoOther() {
    directory.apply(new Following("nowhere", 1, 1, true, List.of(TOPIC), List.of()));
    deliver(1, 3, 100);
    Await.until(() -> counters.deliveries().confirmed() == 3, "the other gateway confirms");
    directory.keepOnly(Set.of("g1"));
    drained();
    assertThat(offsets()).containsExactly(1L, 2L, 3L);
    assertThat(counters.deliveries().lost()).isEqualTo(3);
  }

  @Test
  void howFarATopicReachesWhoseFramesWereLostIsToldUntilTheGatewayConfirms() {
    confirming = false;
    deliver(1, 2, 100);
    Await.until(() -> heads.size() == 2, "the head is told again");
    confirming = true;
    drained();
    assertThat(heads)
        .allSatisfy(
            told -> assertThat(told.heads()).containsExactly(new BusMessage.Head(TOPIC, 2)));
  }

  @Test
  void aHeadIsToldToFollowersOnly() {
    onLoop(
        () -> {
          outbox.tellHead("user:nobody", 7);
          outbox.tellHead(TOPIC, 8);
        });
    Await.until(() -> !heads.isEmpty(), "the head arrives");
    assertThat(heads).hasSize(1);
    assertThat(heads.element().heads()).containsExactly(new BusMessage.Head(TOPIC, 8));
  }

  private void deliver(long first, long last, int bytes) {
    onLoop(
        () ->
            LongStream.rangeClosed(first, last)
                .forEach(offset -> outbox.deliver(TOPIC, offset, () -> new byte[bytes])));
  }

  private void drained() {
    Promise<Void> drained = Promise.promise();
    context.runOnContext(task -> outbox.drained(drained));
    Await.result(drained.future());
  }

  private void onLoop(Runnable work) {
    Promise<Void> done = Promise.promise();
    context.runOnContext(
        task -> {
          work.run();
          done.complete();
        });
    Await.result(done.future());
  }

  private void onMessage(Message<BusMessage> message) {
    if (message.body() instanceof Heads told) {
      heads.add(told);
      if (confirming) {
        message.reply(new Done());
      }
      return;
    }
    batches.add(message);
    if (confirming) {
      message.reply(new Done());
    }
  }

  /** Of batches; a question by itself is none. */
  private List<Integer> sizes() {
    return batches.stream()
        .map(batch -> ((Deliver) batch.body()).deliveries().size())
        .filter(size -> size > 0)
        .toList();
  }

  private List<Message<BusMessage>> questions() {
    return batches.stream().filter(message -> message.replyAddress() != null).toList();
  }

  private List<Long> offsets() {
    return batches.stream()
        .flatMap(batch -> ((Deliver) batch.body()).deliveries().stream())
        .map(Delivery::offset)
        .toList();
  }

  private static List<Long> range(long first, long last) {
    return LongStream.rangeClosed(first, last).boxed().toList();
  }
}
