package io.trunkline.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.protocol.BusMessage.Following;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is told of who comes and goes, in a time that the test makes pass. */
class PresenceChangesTest implements PresenceChanges.Host {
  private record Task(long due, Runnable run) {}

  private long now = 10_000;
  private long sequence;
  private final List<Task> tasks = new ArrayList<>();
  private final List<JsonObject> told = new ArrayList<>();
  private final Whereabouts whereabouts = new Whereabouts(2000, () -> now);
  private final Directory directory = new Directory(cause -> {}, whereabouts);
  private final Tellers tellers = new Tellers("s1");
  private final PresenceChanges changes = new PresenceChanges(directory, tellers, this);

  @Override
  public long now() {
    return now;
  }

  @Override
  public void later(long millis, Runnable task) {
    tasks.add(new Task(now + millis, task));
  }

  @Override
  public void tell(String channel, byte[] frame) {
    told.add(new JsonObject(new String(frame, StandardCharsets.UTF_8)));
  }

  @BeforeEach
  void start() {
    apply(true, List.of("presence:news"), List.of());
    whereabouts.listen(changes);
    tellers.heard("s1", now);
    changes.lookAtTellers(Set.of("s1"));
  }

  @Test
  void whatHappensWithinAMomentIsOneFrame() {
    come("alice", "bob");
    pass(300);
    come("carol");
    assertThat(told).isEmpty();
    pass(100);
    assertThat(told)
        .containsExactly(
            new JsonObject()
                .put("type", "presence_change")
                .put("channel", "news")
                .put("joined", new JsonArray().add("alice").add("bob").add("carol"))
                .put("left", new JsonArray()));
    pass(5000);
    assertThat(told).hasSize(1);
  }

  @Test
  void whoComesAndGoesAllTheTimeIsToldOfAtMostEvery400Millis() {
    for (int i = 0; i < 100; i++) {
      come("u" + i);
      pass(20);
    }
    pass(1000);
    assertThat(told).hasSizeLessThanOrEqualTo(6);
    assertThat(told.stream().mapToInt(frame -> frame.getJsonArray("joined").size()).sum())
        .isEqualTo(100);
  }

  @Test
  void whoComesBackInTimeIsNotToldOfAndWhoDoesNotIsToldOnce() {
    come("alice", "bob");
    pass(400);
    told.clear();
    go("alice", "bob");
    pass(1500);
    come("alice");
    pass(5000);
    assertThat(told).hasSize(1);
    assertThat(told.get(0).getJsonArray("joined")).isEmpty();
    assertThat(told.get(0).getJsonArray("left")).containsExactly("bob");
  }

  @Test
  void namesAreCutAtAHundredAndThenTheCountIsTold() {
    come(IntStream.range(0, 250).mapToObj(i -> "u" + i).toArray(String[]::new));
    pass(400);
    assertThat(told).hasSize(1);
    assertThat(told.get(0).getJsonArray("joined")).hasSize(100);
    assertThat(told.get(0).getBoolean("more")).isTrue();
    assertThat(told.get(0).getInteger("count")).isEqualTo(250);
  }

  @Test
  void aChannelThatNobodyWatchesIsNotGathered() {
    apply(false, List.of("here:other\nalice"), List.of());
    assertThat(tasks).isEmpty();
  }

  @Test
  void anotherServicesChannelIsNotOursToTell() {
    String other = tellerBesideUs();
    tellers.heard(other, now);
    changes.lookAtTellers(Set.of("s1", other));
    come("alice");
    pass(1000);
    assertThat(told).isEmpty();
  }

  @Test
  void whatADeadTellerMayNotHaveToldIsToldAgainAsItIsByNow() {
    String other = tellerBesideUs();
    tellers.heard(other, now);
    changes.lookAtTellers(Set.of("s1", other));
    come("long.ago");
    pass(8000);
    tellers.heard("s1", now);
    tellers.heard(other, now);
    come("alice", "bob");
    go("bob");
    pass(3000);
    tellers.heard("s1", now);
    changes.lookAtTellers(Set.of("s1"));
    pass(400);
    assertThat(told).hasSize(1);
    assertThat(told.get(0).getJsonArray("joined")).containsExactly("alice");
    assertThat(told.get(0).getJsonArray("left")).containsExactly("bob");
  }

  @Test
  void aTellerThatIsNotHeardIsNone() {
    String other = tellerBesideUs();
    tellers.heard(other, now);
    changes.lookAtTellers(Set.of("s1", other));
    assertThat(tellers.isMine("news")).isFalse();
    pass(4000);
    tellers.heard("s1", now);
    changes.lookAtTellers(Set.of("s1", other));
    assertThat(tellers.isMine("news")).isTrue();
  }

  @Test
  void channelsAreSpreadOverTheTellersAndFewMoveWhenOneComes() {
    List<Tellers> before = tellersOf("s1", "s2", "s3");
    List<Tellers> after = tellersOf("s1", "s2", "s3", "s4");
    int moved = 0;
    int[] share = new int[3];
    for (int i = 0; i < 3000; i++) {
      String channel = "room." + i;
      List<Tellers> mine = before.stream().filter(t -> t.isMine(channel)).toList();
      assertThat(mine).as("tellers of %s", channel).hasSize(1);
      share[before.indexOf(mine.get(0))]++;
      moved += after.get(before.indexOf(mine.get(0))).isMine(channel) ? 0 : 1;
    }
    assertThat(IntStream.of(share).min().orElseThrow()).isGreaterThan(800);
    assertThat(moved).isBetween(600, 900);
  }

  private static List<Tellers> tellersOf(String... services) {
    List<Tellers> all = new ArrayList<>();
    for (String service : services) {
      Tellers tellers = new Tellers(service);
      Set.of(services).forEach(other -> tellers.heard(other, 0));
      tellers.changed(Set.of(services), 0);
      all.add(tellers);
    }
    return all;
  }

  /** The name of one that is the teller of {@code news} where s1 is the only other. */
  private static String tellerBesideUs() {
    return IntStream.range(2, 100)
        .mapToObj(i -> "s" + i)
        .filter(name -> tellersOf("s1", name).get(1).isMine("news"))
        .findFirst()
        .orElseThrow();
  }

  private void come(String... users) {
    apply(false, here(users), List.of());
  }

  private void go(String... users) {
    apply(false, List.of(), here(users));
  }

  private static List<String> here(String... users) {
    return List.of(users).stream().map(user -> "here:news\n" + user).toList();
  }

  private void apply(boolean reset, List<String> added, List<String> removed) {
    assertThat(directory.apply(new Following("g1", 1, ++sequence, reset, added, removed))).isTrue();
  }

  private void pass(long millis) {
    long end = now + millis;
    while (now < end) {
      now = Math.min(end, now + 100);
      whereabouts.tick();
      List<Task> due = tasks.stream().filter(task -> task.due() <= now).toList();
      tasks.removeAll(due);
      due.stream().sorted(Comparator.comparing(Task::due)).forEach(task -> task.run().run());
    }
  }
}
