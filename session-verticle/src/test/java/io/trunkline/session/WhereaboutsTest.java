package io.trunkline.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who is where, and for how much longer. */
class WhereaboutsTest implements Whereabouts.Listener {
  private long now = 1000;
  private final Whereabouts whereabouts = new Whereabouts(2000, () -> now);
  private final List<String> heard = new ArrayList<>();

  @Override
  public void joined(String channel, String user) {
    heard.add("+" + channel + "/" + user);
  }

  @Override
  public void left(String channel, String user) {
    heard.add("-" + channel + "/" + user);
  }

  @Test
  void whoLeavesIsShownForTwoSecondsMore() {
    whereabouts.followed("user:a");
    whereabouts.followed("here:news\na");
    whereabouts.unfollowed("user:a");
    whereabouts.unfollowed("here:news\na");
    tickAt(2999);
    assertThat(whereabouts.anywhere().has("a")).isTrue();
    assertThat(whereabouts.in("news").count()).isOne();
    tickAt(3000);
    assertThat(whereabouts.anywhere().count()).isZero();
    assertThat(whereabouts.in("news").count()).isZero();
  }

  @Test
  void whoComesBackInThatTimeHasNeverLeft() {
    whereabouts.listen(this);
    whereabouts.followed("here:news\na");
    whereabouts.unfollowed("here:news\na");
    tickAt(2900);
    whereabouts.followed("here:news\na");
    tickAt(9000);
    assertThat(whereabouts.in("news").has("a")).isTrue();
    assertThat(heard).containsExactly("+news/a");
  }

  @Test
  void theSecondTimeCountsFromTheSecondLeaving() {
    whereabouts.followed("user:a");
    whereabouts.unfollowed("user:a");
    now = 2000;
    whereabouts.followed("user:a");
    whereabouts.unfollowed("user:a");
    tickAt(3999);
    assertThat(whereabouts.anywhere().count()).isOne();
    tickAt(4000);
    assertThat(whereabouts.anywhere().count()).isZero();
  }

  @Test
  void everybodyWhoseTimeHasComeGoes() {
    whereabouts.listen(this);
    for (String user : List.of("a", "b", "c")) {
      whereabouts.followed("here:x\n" + user);
    }
    whereabouts.unfollowed("here:x\na");
    whereabouts.unfollowed("here:x\nb");
    now = 2000;
    whereabouts.unfollowed("here:x\nc");
    tickAt(3500);
    assertThat(heard).containsExactly("+x/a", "+x/b", "+x/c", "-x/a", "-x/b");
    assertThat(whereabouts.in("x").first(9)).containsExactly("c");
  }

  @Test
  void otherTopicsAreNoPlaces() {
    whereabouts.followed("channel:news");
    whereabouts.followed("presence:news");
    whereabouts.unfollowed("channel:news");
    assertThat(whereabouts.anywhere().count()).isZero();
    assertThat(whereabouts.in("news").count()).isZero();
  }

  private void tickAt(long millis) {
    now = millis;
    whereabouts.tick();
  }
}
