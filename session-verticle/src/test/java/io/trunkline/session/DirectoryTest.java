package io.trunkline.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.protocol.BusMessage.Following;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DirectoryTest {
  private final Directory directory = new Directory();

  @Test
  void aGatewayThatIsNotKnownIsAskedForEverything() {
    assertThat(directory.apply(change("g1", 1, 1, add("user:a")))).isFalse();
    assertThat(directory.apply(reset("g1", 1, 1, add("user:a")))).isTrue();
    assertThat(directory.followersOf("user:a")).containsExactly("g1");
  }

  @Test
  void aMissedChangeIsNoticedAndNothingOfTheNextIsTaken() {
    directory.apply(reset("g1", 1, 1, add("user:a")));
    assertThat(directory.apply(change("g1", 1, 3, add("user:b")))).isFalse();
    assertThat(directory.followersOf("user:b")).isEmpty();
    assertThat(directory.apply(change("g1", 1, 2, add("user:b")))).isTrue();
  }

  @Test
  void anotherIncarnationIsAnotherGateway() {
    directory.apply(reset("g1", 1, 1, add("user:a")));
    assertThat(directory.apply(change("g1", 2, 2, add("user:b")))).isFalse();
    assertThat(directory.apply(reset("g1", 2, 1, add("user:b")))).isTrue();
    assertThat(directory.users(10)).containsExactly("b");
    assertThat(directory.count()).isOne();
  }

  @Test
  void aResetReplacesWhatTheGatewayFollowed() {
    directory.apply(reset("g1", 1, 1, add("user:a", "user:b")));
    directory.apply(reset("g1", 1, 2, add("user:b", "user:c")));
    assertThat(directory.users(10)).containsExactly("b", "c");
    assertThat(directory.followersOf("user:a")).isEmpty();
    assertThat(directory.followersOf("user:b")).containsExactly("g1");
  }

  @Test
  void aResetInPartsKeepsWhatIsNotToldYetUntilTheLastPart() {
    directory.apply(reset("g1", 1, 1, add("user:z", "user:gone")));
    directory.apply(new Following("g1", 1, 2, true, users(0, 4096), List.of()));
    assertThat(directory.isOnline("z")).isTrue();
    assertThat(directory.isOnline("gone")).isTrue();
    assertThat(directory.count()).isEqualTo(4098);
    directory.apply(change("g1", 1, 3, add("user:z")));
    assertThat(directory.isOnline("z")).isTrue();
    assertThat(directory.isOnline("gone")).isFalse();
    assertThat(directory.count()).isEqualTo(4097);
  }

  @Test
  void aTopicLeftWhileAResetIsOnItsWayIsLeft() {
    directory.apply(reset("g1", 1, 1, add("user:a")));
    directory.apply(new Following("g1", 1, 2, true, users(0, 4096), List.of()));
    directory.apply(
        new Following("g1", 1, 3, false, users(4096, 8192), new ArrayList<>(List.of("user:a"))));
    assertThat(directory.isOnline("a")).isFalse();
    assertThat(directory.count()).isEqualTo(8192);
  }

  @Test
  void aTopicMayHaveSeveralFollowers() {
    directory.apply(reset("g1", 1, 1, add("user:a")));
    directory.apply(reset("g2", 1, 1, add("user:a")));
    assertThat(directory.followersOf("user:a")).containsExactlyInAnyOrder("g1", "g2");
    assertThat(directory.count()).isOne();
    directory.apply(new Following("g1", 1, 2, false, List.of(), List.of("user:a")));
    assertThat(directory.followersOf("user:a")).containsExactly("g2");
    assertThat(directory.isOnline("a")).isTrue();
    directory.apply(new Following("g2", 1, 2, false, List.of(), List.of("user:a")));
    assertThat(directory.isOnline("a")).isFalse();
    assertThat(directory.count()).isZero();
  }

  @Test
  void repeatedNamesCountOnce() {
    directory.apply(reset("g1", 1, 1, add("user:a", "user:a")));
    directory.apply(change("g1", 1, 2, add("user:a")));
    assertThat(directory.count()).isOne();
    directory.apply(new Following("g1", 1, 3, false, List.of(), List.of("user:a", "user:x")));
    assertThat(directory.count()).isZero();
  }

  @Test
  void onlyUsersArePresent() {
    directory.apply(reset("g1", 1, 1, add("channel:news", "user:a")));
    assertThat(directory.users(10)).containsExactly("a");
    assertThat(directory.followersOf("channel:news")).containsExactly("g1");
  }

  @Test
  void namesAreSortedAndCutAndTheCountIsNot() {
    directory.apply(new Following("g1", 1, 1, true, users(0, 250), List.of()));
    assertThat(directory.users(100)).hasSize(100).isSorted().startsWith("u000000");
    assertThat(directory.count()).isEqualTo(250);
  }

  @Test
  void whatAGatewayFollowedEndsWithItsMembership() {
    directory.apply(reset("g1", 1, 1, add("user:a")));
    directory.apply(reset("g2", 1, 1, add("user:b")));
    directory.keepOnly(Set.of("g2"));
    assertThat(directory.knows("g1")).isFalse();
    assertThat(directory.users(10)).containsExactly("b");
    assertThat(directory.apply(change("g1", 1, 2, add()))).isFalse();
  }

  @Test
  void whatAGatewaySaidBeforeItsDeathComesTooLate() {
    directory.apply(reset("g1", 1, 1, add("user:a")));
    directory.keepOnly(Set.of());
    assertThat(directory.apply(reset("g1", 1, 1, add("user:a", "here:news\na")))).isFalse();
    assertThat(directory.count()).isZero();
    assertThat(directory.countIn("news")).isZero();
  }

  @Test
  void whoIsAMemberAgainIsHeardAgain() {
    directory.apply(reset("g1", 1, 1, add("user:a")));
    directory.keepOnly(Set.of());
    assertThat(directory.apply(reset("g1", 2, 1, add("user:b")))).as("another run").isTrue();
    directory.keepOnly(Set.of());
    directory.keepOnly(Set.of("g1"));
    assertThat(directory.apply(reset("g1", 2, 2, add("user:c")))).as("the same").isTrue();
    assertThat(directory.users(10)).containsExactly("c");
  }

  @Test
  void whoIsHereIsInTheChannelOnceOnHoweverManyGateways() {
    directory.apply(reset("g1", 1, 1, add("here:news\nbob", "here:news\nalice")));
    directory.apply(reset("g2", 1, 1, add("here:news\nbob", "here:other\nbob")));
    assertThat(directory.countIn("news")).isEqualTo(2);
    assertThat(directory.usersIn("news", 1)).containsExactly("alice");
    directory.keepOnly(Set.of("g2"));
    assertThat(directory.usersIn("news", 9)).containsExactly("bob");
    directory.keepOnly(Set.of());
    assertThat(directory.countIn("news")).isZero();
    assertThat(directory.count()).isZero();
  }

  @Test
  void aGatewayThatIsSilentForSixSecondsIsForgotten() {
    directory.apply(reset("g1", 1, 1, add("user:a")));
    tick(0, 6);
    assertThat(directory.knows("g1")).isTrue();
    directory.apply(change("g1", 1, 2, add()));
    tick(6000, 6);
    assertThat(directory.isOnline("a")).isTrue();
    tick(12_000, 1);
    assertThat(directory.isOnline("a")).isFalse();
    assertThat(directory.knows("g1")).isFalse();
  }

  @Test
  void ourOwnStandstillIsNotAGatewaysSilence() {
    directory.apply(reset("g1", 1, 1, add("user:a")));
    directory.tick(0);
    IntStream.range(0, 60).forEach(i -> directory.tick(60_000 + i));
    assertThat(directory.isOnline("a")).isTrue();
  }

  @Test
  void theFillingEndsWithTheLastPartOfEachGateway() {
    Set<String> members = Set.of("g1", "g2");
    assertThat(directory.untold(members)).containsExactlyInAnyOrder("g1", "g2");
    directory.apply(reset("g1", 1, 1, add()));
    directory.apply(new Following("g2", 1, 1, true, users(0, 4096), List.of()));
    assertThat(directory.untold(members)).containsExactly("g2");
    directory.apply(change("g2", 1, 2, add("user:z")));
    assertThat(directory.untold(members)).isEmpty();
  }

  private void tick(long from, int ticks) {
    IntStream.rangeClosed(1, ticks).forEach(i -> directory.tick(from + i * Directory.TICK_MILLIS));
  }

  private static List<String> add(String... topics) {
    return List.of(topics);
  }

  private static List<String> users(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> String.format("user:u%06d", i)).toList();
  }

  private static Following reset(String gateway, long incarnation, long seq, List<String> added) {
    return new Following(gateway, incarnation, seq, true, added, List.of());
  }

  private static Following change(String gateway, long incarnation, long seq, List<String> added) {
    return new Following(gateway, incarnation, seq, false, added, List.of());
  }
}
