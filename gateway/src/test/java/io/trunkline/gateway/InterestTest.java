package io.trunkline.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.BusMessage.Following;
import io.trunkline.protocol.BusMessage.FollowingKnown;
import io.trunkline.protocol.BusMessage.ReadHeads;
import io.trunkline.testing.Await;
import io.trunkline.testing.WebSocketProbe;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A session service's picture of what the gateway follows, whatever happens to the words. */
class InterestTest {
  private static final String DIRECTORY = Addresses.directory("s1");

  @RegisterExtension static final Rig rig = new Rig();

  private static List<Following> words() {
    return rig.service().asked(Following.class);
  }

  private static void awaitFollowed(String... users) {
    for (String user : users) {
      Await.until(() -> rig.service().isFollowed("user:" + user), user + " is followed");
    }
  }

  /** The answer to the session waits until the service knows. */
  private static WebSocketProbe connect(String user) {
    String id = rig.service().session(user);
    return rig.connect("/ws?since=0", Map.of("Authorization", "Bearer " + id));
  }

  /** A word that is not answered within a second is given up: too late to tell anything. */
  private static void assumeInTime(long start) {
    assumeTrue(System.nanoTime() - start < 900_000_000L, "the machine is too busy");
  }

  @Test
  void wordsAreNumberedOneByOne() {
    WebSocketProbe alice = rig.login("alice");
    rig.login("bob");
    awaitFollowed("alice", "bob");
    alice.abort();
    Await.until(() -> !rig.service().isFollowed("user:alice"), "alice has gone");
    List<Following> words = words();
    for (int i = 1; i < words.size(); i++) {
      assertThat(words.get(i).sequence()).isEqualTo(words.get(i - 1).sequence() + 1);
      assertThat(words.get(i).incarnation()).isEqualTo(words.get(0).incarnation());
      assertThat(words.get(i).gateway()).isEqualTo("g1");
    }
  }

  @Test
  void aWordComesOnceASecondAlsoWhenThereIsNothingToTell() {
    Await.until(
        () -> words().stream().filter(w -> w.added().isEmpty() && !w.reset()).count() >= 2,
        "two words without a change");
  }

  @Test
  void oneWordIsOnItsWayAtATimeAndChangesGather() {
    Promise<Void> gate = Promise.promise();
    AtomicInteger asked = new AtomicInteger();
    rig.service()
        .answerAt(
            DIRECTORY,
            word ->
                asked.incrementAndGet() == 1
                    ? gate.future().compose(open -> rig.service().onFollowing(word))
                    : rig.service().onFollowing(word));
    long start = System.nanoTime();
    connect("first");
    Await.until(() -> asked.get() == 1, "the first word");
    for (int i = 0; i < 5; i++) {
      connect("gathered-" + i);
    }
    int askedMeanwhile = asked.get();
    gate.complete();
    assumeInTime(start);
    assertThat(askedMeanwhile).isEqualTo(1);
    awaitFollowed("first", "gathered-0", "gathered-4");
    assertThat(words().stream().filter(word -> word.added().size() >= 4)).isNotEmpty();
  }

  @Test
  void onlyTheFirstWaitsForAServiceThatDoesNotAnswer() {
    AtomicBoolean hangs = new AtomicBoolean(true);
    rig.service()
        .answerAt(
            DIRECTORY,
            word ->
                hangs.get()
                    ? Promise.<BusMessage>promise().future()
                    : rig.service().onFollowing(word));
    connect("first").expect("session");
    long start = System.nanoTime();
    for (int i = 0; i < 6; i++) {
      connect("later-" + i).expect("session");
    }
    assertThat(System.nanoTime() - start)
        .as("nanoseconds for six that would wait a second each")
        .isLessThan(3_000_000_000L);
    hangs.set(false);
    awaitFollowed("later-0", "later-5");
  }

  @Test
  void whoMissedSomethingIsToldEverythingAnewAndTheLogIsAsked() {
    rig.login("alice");
    rig.login("bob");
    awaitFollowed("alice", "bob");
    AtomicInteger asked = new AtomicInteger();
    rig.service()
        .answerAt(
            DIRECTORY,
            word ->
                asked.incrementAndGet() == 1
                    ? Future.succeededFuture(new FollowingKnown(false))
                    : rig.service().onFollowing(word));
    expectEverythingAnew("user:alice", "user:bob");
  }

  @Test
  void aWordThatIsNotAnsweredLeadsToEverythingAnew() {
    rig.login("alice");
    awaitFollowed("alice");
    AtomicInteger asked = new AtomicInteger();
    rig.service()
        .answerAt(
            DIRECTORY,
            word ->
                asked.incrementAndGet() == 1
                    ? Future.failedFuture("on purpose")
                    : rig.service().onFollowing(word));
    expectEverythingAnew("user:alice");
  }

  private static void expectEverythingAnew(String... topics) {
    Await.until(
        () -> words().stream().anyMatch(word -> word.reset() && tells(word, topics)), "a reset");
    Await.until(
        () ->
            rig.service().asked(ReadHeads.class).stream()
                .flatMap(question -> question.topics().stream())
                .toList()
                .containsAll(List.of(topics)),
        "every topic is compared with the log");
  }

  private static boolean tells(Following word, String... topics) {
    return word.added().containsAll(List.of(topics));
  }

  @Test
  void whatWasLostDuringADoubtIsFetched() {
    WebSocketProbe alice = rig.login("doubtful");
    awaitFollowed("doubtful");
    rig.service().append("user:doubtful", "lost without a trace");
    AtomicInteger asked = new AtomicInteger();
    rig.service()
        .answerAt(
            DIRECTORY,
            word ->
                asked.incrementAndGet() == 1
                    ? Future.succeededFuture(new FollowingKnown(false))
                    : rig.service().onFollowing(word));
    assertThat(alice.expect("stored").getString("text")).isEqualTo("lost without a trace");
  }

  @Test
  void theLogIsReadOnlyWhenTheServiceKnowsOfTheFollowerAlsoOfASecondOne() {
    Promise<Void> gate = Promise.promise();
    List<String> readTooEarly = new CopyOnWriteArrayList<>();
    rig.service()
        .answerAt(
            DIRECTORY,
            word -> {
              boolean ours = ((Following) word).added().contains("user:early");
              Future<BusMessage> answer = rig.service().onFollowing(word);
              return ours ? gate.future().compose(open -> answer) : answer;
            });
    rig.service()
        .answerAt(
            Addresses.LOG,
            question -> {
              if (question instanceof BusMessage.ReadLog read
                  && read.topic().equals("user:early")
                  && !gate.future().isComplete()) {
                readTooEarly.add(read.topic());
              }
              return rig.service().onLog(question);
            });
    rig.service().append("user:early", "one");
    long start = System.nanoTime();
    for (int i = 0; i < 6; i++) { // on both loops
      connect("early").expectNothing();
    }
    List<String> meanwhile = List.copyOf(readTooEarly);
    gate.complete();
    assumeInTime(start);
    assertThat(meanwhile).isEmpty();
    Await.until(
        () ->
            rig.service().asked(BusMessage.ReadLog.class).stream()
                .anyMatch(read -> read.topic().equals("user:early")),
        "the log is read");
  }
}
