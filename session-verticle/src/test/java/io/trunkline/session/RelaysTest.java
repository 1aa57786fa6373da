package io.trunkline.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusCodec;
import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.BusMessage.Done;
import io.trunkline.protocol.BusMessage.Following;
import io.trunkline.protocol.BusMessage.RelaysEnded;
import io.trunkline.protocol.Directive.Relay;
import io.trunkline.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RelaysTest {
  private static final Channel NEWS =
      new Channel("news", new ChannelRule(new NamePattern("*"), false));
  private static final String TOPIC = NEWS.topic();

  private final Vertx vertx = Vertx.vertx();
  private final Directory directory = new Directory();
  private final AtomicLong nanos = new AtomicLong();
  private final Relays relays =
      new Relays(vertx.eventBus(), "s1", directory, gateway -> true, nanos::get);
  private final Queue<Message<BusMessage>> toG1 = new ConcurrentLinkedQueue<>();

  @BeforeEach
  void start() {
    BusCodec.register(vertx.eventBus());
    vertx.eventBus().<BusMessage>consumer(Addresses.gateway("g1"), toG1::add);
  }

  @AfterEach
  void stop() {
    Await.result(vertx.close());
  }

  @Test
  void aNewcomerIsKnownOnlyWhenThoseWhoWereToldOtherwiseHaveForgottenIt() {
    Relay before = relays.tell("g1", NEWS, new byte[0], null);
    assertThat(before.gateways()).isEmpty();
    follow("g2");

    Future<Void> known = relays.followed(List.of(TOPIC, "channel:other"), "g2");

    Await.until(() -> toG1.size() == 1, "the one who was told hears of it");
    assertThat(known.isComplete()).isFalse();
    RelaysEnded word = (RelaysEnded) toG1.element().body();
    assertThat(word.service()).isEqualTo("s1");
    assertThat(word.topics()).containsExactly(TOPIC);
    assertThat(word.version()).isGreaterThan(before.version());
    toG1.element().reply(new Done());
    Await.result(known);
    Relay after = relays.tell("g1", NEWS, new byte[0], null);
    assertThat(after.gateways()).containsExactly("g2");
    assertThat(after.version()).isGreaterThanOrEqualTo(word.version());
  }

  @Test
  void whoHangsHoldsANewcomerUpForLessThanASecond() {
    relays.tell("g1", NEWS, new byte[0], null);
    relays.tell("nobody", NEWS, new byte[0], null);
    long began = System.nanoTime();
    Await.result(relays.followed(List.of(TOPIC), "g2"));
    assertThat(System.nanoTime() - began)
        .isBetween(
            TimeUnit.MILLISECONDS.toNanos(Relays.TELL_MILLIS - 50), TimeUnit.SECONDS.toNanos(2));
  }

  @Test
  void nobodyWaitsWhereNobodyWasTold() {
    assertThat(relays.followed(List.of(TOPIC), "g2").succeeded()).isTrue();
    assertThat(toG1).isEmpty();
  }

  @Test
  void whoComesToFollowItselfIsNotAskedButIsToldOfTheNextNewcomer() {
    relays.tell("g1", NEWS, new byte[0], null);
    assertThat(relays.followed(List.of(TOPIC), "g1").succeeded()).isTrue();
    assertThat(toG1).isEmpty();
    relays.followed(List.of(TOPIC), "g2");
    Await.until(() -> toG1.size() == 1, "it is told");
  }

  @Test
  void whatHasRunOutIsForgotten() {
    Relay relay = relays.tell("g1", NEWS, new byte[0], null);
    nanos.set(TimeUnit.MILLISECONDS.toNanos(relay.millis()));
    relays.tick();
    assertThat(relays.size()).isEqualTo(1); // it may have been late on its way
    nanos.set(TimeUnit.MILLISECONDS.toNanos(2L * relay.millis()));
    relays.tick();
    assertThat(relays.size()).isZero();
  }

  @Test
  void beyondSomeManyChannelsNobodyIsToldForMoreThanOneRequest() {
    for (int i = 0; i < Relays.MOST; i++) {
      assertThat(relays.tell("g1", new Channel("c" + i, NEWS.rule()), new byte[0], null).millis())
          .isEqualTo(Relays.HOLD_MILLIS);
    }
    assertThat(relays.tell("g1", NEWS, new byte[0], null).millis()).isZero();
    assertThat(relays.size()).isEqualTo(Relays.MOST);
  }

  private void follow(String gateway) {
    directory.apply(new Following(gateway, 1, 1, true, List.of(TOPIC), List.of()));
  }
}
