package io.trunkline.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TellersTest {
  private static final Set<String> MEMBERS = Set.of("a", "b", "c");
  private static final List<String> CHANNELS =
      IntStream.range(0, 300).mapToObj(i -> "room-" + i).toList();
  private static final long SILENT = 4000;

  @Test
  void whoDecidesIsTheSameForAllWhoeverWasHeardSoFar() {
    Tellers a = of("a");
    a.heard("a", 10);
    a.changed(MEMBERS, 10);
    Tellers b = of("b");
    b.heard("c", 20);
    b.heard("b", 20);
    b.changed(MEMBERS, 20);
    for (String channel : CHANNELS) {
      assertThat(a.decidersOf(channel)).isEqualTo(b.decidersOf(channel)).hasSize(3);
    }
  }

  @Test
  void everyMemberDecidesForAShareOfTheChannels() {
    Tellers a = of("a");
    for (String member : MEMBERS) {
      assertThat(CHANNELS.stream().filter(channel -> first(a, channel).equals(member)))
          .hasSizeBetween(60, 140);
    }
  }

  @Test
  void aMemberThatIsSilentDecidesNoMoreAndTheOthersKeepTheirChannels() {
    Tellers a = of("a");
    List<String> before = CHANNELS.stream().map(channel -> first(a, channel)).toList();
    a.heard("a", SILENT);
    a.heard("b", SILENT);
    a.changed(MEMBERS, SILENT);
    for (int i = 0; i < CHANNELS.size(); i++) {
      String now = first(a, CHANNELS.get(i));
      assertThat(now).isNotEqualTo("c");
      if (!before.get(i).equals("c")) {
        assertThat(now).isEqualTo(before.get(i));
      }
    }
  }

  @Test
  void whoHasNotSaidThatItTellsIsNoTeller() {
    Tellers a = of("a");
    assertThat(CHANNELS).noneMatch(a::isMine);
    a.heard("a", 10);
    assertThat(a.changed(MEMBERS, 10)).isTrue();
    assertThat(CHANNELS).allMatch(a::isMine);
    a.heard("b", 20);
    assertThat(a.changed(MEMBERS, 20)).isTrue();
    assertThat(a.changed(MEMBERS, 20)).isFalse();
    assertThat(CHANNELS.stream().filter(a::isMine)).hasSizeBetween(100, 200);
  }

  /** A service that has seen the members at time 0 and heard nobody. */
  private static Tellers of(String name) {
    Tellers tellers = new Tellers(name);
    tellers.changed(MEMBERS, 0);
    return tellers;
  }

  private static String first(Tellers tellers, String channel) {
    return tellers.decidersOf(channel).get(0);
  }
}
