package io.trunkline.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.ResourceLeakDetector;
import io.trunkline.gateway.TopicWorld.Client;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One topic under everything that bus, log and clients may do, at random and in chosen cases. */
class TopicLineTest {
  /** More, for as long as wanted: {@code -Dtrunkline.test.worlds=1000000}. */
  private static final int WORLDS = Integer.getInteger("trunkline.test.worlds", 2000);

  private static final int STEPS = 250;

  enum Weather {
    /** Pushes are lost, doubled, overtaken; pages are late or fail; clients come and go. */
    ROUGH,
    /** And the bus tells of what the log doesn't have. */
    LYING,
    /** And the log loses its beginning. */
    FORGETFUL,
    /** And hundreds of frames come at once. */
    BURSTS
  }

  private static final ResourceLeakDetector.Level LEVEL = ResourceLeakDetector.getLevel();

  /** Millions of frames; each world counts its own. */
  @BeforeAll
  static void followFewerBuffers() {
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.SIMPLE);
  }

  @AfterAll
  static void followAllAgain() {
    ResourceLeakDetector.setLevel(LEVEL);
  }

  @ParameterizedTest
  @EnumSource(Weather.class)
  void everyFollowerGetsEachOffsetOnceInOrderAndEndsLive(Weather weather) {
    int worlds = weather == Weather.BURSTS ? WORLDS / 10 : WORLDS;
    for (int seed = 0; seed < worlds; seed++) {
      try {
        TopicWorld world = new TopicWorld(seed, weather);
        world.live(STEPS);
        world.settle();
        world.requireEveryoneLive();
        world.requireAllReleased();
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("in the world of seed " + seed, e);
      }
    }
  }

  @Test
  void aFollowerGetsTheLogFirstAndThenWhatIsPushed() {
    TopicWorld world = new TopicWorld();
    world.commit(3);
    Client client = world.join(1);
    world.settle();
    assertThat(client.offsets()).containsExactly(2L, 3L);
    world.commit(1);
    world.push(4);
    assertThat(client.offsets()).containsExactly(2L, 3L, 4L);
  }

  @Test
  void aFrameThatComesTwiceIsWrittenOnce() {
    TopicWorld world = new TopicWorld();
    Client client = world.join(0);
    world.settle();
    world.commit(1);
    world.push(1);
    world.push(1);
    assertThat(client.offsets()).containsExactly(1L);
  }

  @Test
  void framesThatOvertookEachOtherAreWrittenInOrderWithoutAskingTheLog() {
    TopicWorld world = new TopicWorld();
    Client client = world.join(0);
    world.settle();
    world.commit(3);
    int reads = world.reads();
    world.push(3);
    world.push(2);
    assertThat(client.offsets()).isEmpty();
    world.push(1);
    assertThat(client.offsets()).containsExactly(1L, 2L, 3L);
    world.settle();
    assertThat(world.reads()).isEqualTo(reads);
  }

  @Test
  void aLostFrameIsFetchedFromTheLog() {
    TopicWorld world = new TopicWorld();
    Client client = world.join(0);
    world.settle();
    world.commit(2);
    world.push(2);
    world.settle();
    assertThat(client.offsets()).containsExactly(1L, 2L);
  }

  @Test
  void aLostTailIsFoundBySweep() {
    TopicWorld world = new TopicWorld();
    Client client = world.join(0);
    world.settle();
    world.commit(2);
    world.line().head(2);
    world.settle();
    assertThat(client.offsets()).containsExactly(1L, 2L);
  }

  @Test
  void aHeadThatTheLogDoesNotHaveIsForgotten() {
    TopicWorld world = new TopicWorld();
    Client client = world.join(0);
    world.settle();
    world.line().head(1000);
    world.settle();
    world.commit(1);
    world.push(1);
    assertThat(client.offsets()).containsExactly(1L);
  }

  @Test
  void whatIsToldWhileTheLogDisprovesAHeadIsNotForgottenWithIt() {
    TopicWorld world = new TopicWorld();
    Client client = world.join(0);
    world.settle();
    world.line().head(1000);
    world.next(); // the grace is over, and the log is asked
    world.next(); // and has nothing
    world.commit(2);
    world.push(2);
    world.settle();
    assertThat(client.offsets()).containsExactly(1L, 2L);
  }

  @Test
  void aHoleIsFilledAsFarAsTheLogReaches() {
    TopicWorld world = new TopicWorld();
    Client client = world.join(0);
    world.settle();
    world.commit(1000);
    world.push(2); // all others are lost
    world.settle();
    assertThat(client.last()).isEqualTo(1000);
  }

  @Test
  void aFrameWhoseCommitWasLostIsNeverWrittenInPlaceOfTheRealOne() {
    TopicWorld world = new TopicWorld();
    Client client = world.join(0);
    world.settle();
    world.pushLost(2);
    world.settle();
    world.commit(1);
    world.push(1);
    assertThat(client.offsets()).containsExactly(1L);
    world.commit(1);
    world.push(2);
    assertThat(client.offsets()).containsExactly(1L, 2L);
  }

  @Test
  void whatTheRetentionDroppedIsSkipped() {
    TopicWorld world = new TopicWorld();
    world.commit(5);
    world.forgetBefore(4);
    Client late = world.join(1);
    world.settle();
    assertThat(late.offsets()).containsExactly(4L, 5L);
    world.commit(3);
    world.forgetBefore(8);
    world.push(8);
    world.settle();
    assertThat(late.offsets()).containsExactly(4L, 5L, 8L);
  }

  @Test
  void whoWasAheadOfTheLogGetsWhatComesNext() {
    TopicWorld world = new TopicWorld();
    world.commit(2);
    Client client = world.join(50);
    world.settle();
    world.commit(1);
    world.push(3);
    assertThat(client.offsets()).containsExactly(3L);
  }

  @Test
  void whoCatchesUpOnABusyTopicGoesLiveAllTheSame() {
    TopicWorld world = new TopicWorld();
    Client first = world.join(0);
    world.commitDuringReads(3);
    world.settle();
    assertThat(world.reads()).isLessThan(4);
    Client second = world.join(0);
    world.settle();
    assertThat(world.reads()).isLessThan(8);
    world.commitDuringReads(0);
    world.commitAndPush();
    assertThat(first.last()).isEqualTo(world.head());
    assertThat(second.last()).isEqualTo(world.head());
  }

  @Test
  void aPageIsNotWrittenToAReaderThatHasNoRoom() {
    TopicWorld world = new TopicWorld();
    world.commit(3);
    Client client = world.join(0);
    client.writable(false);
    world.settle();
    assertThat(world.reads()).isZero();
    client.writable(true);
    world.settle();
    assertThat(client.offsets()).containsExactly(1L, 2L, 3L);
  }

  @Test
  void aFrameThatIsInNoLogGoesToEveryFollower() {
    TopicWorld world = new TopicWorld();
    world.commit(1);
    Client client = world.join(0);
    world.pushUnlogged();
    assertThat(client.offsets()).containsExactly(0L);
  }

  @Test
  void theCursorMovesWithWhatIsWritten() {
    TopicWorld world = new TopicWorld();
    world.commit(2);
    Client client = world.join(0);
    world.settle();
    assertThat(world.cursor(client)).isEqualTo(2);
  }

  @Test
  void onceTheClientSaysReceivedOnlyItMovesTheCursor() {
    TopicWorld world = new TopicWorld();
    Client client = world.join(0);
    world.settle();
    client.follower().received(0);
    world.commitAndPush();
    world.commitAndPush();
    assertThat(world.cursor(client)).isZero();
    client.follower().received(1);
    assertThat(world.cursor(client)).isEqualTo(1);
    client.follower().received(99);
    assertThat(world.cursor(client)).isEqualTo(2);
  }

  @Test
  void theCursorStaysWhereTheConnectionClosed() {
    TopicWorld world = new TopicWorld();
    Client client = world.join(0);
    world.settle();
    world.commitAndPush();
    client.closeItself();
    world.commitAndPush(); // between the Close frame and the end of TCP: it is not written
    world.leave(client);
    assertThat(world.cursor(client)).isEqualTo(1);
  }
}
