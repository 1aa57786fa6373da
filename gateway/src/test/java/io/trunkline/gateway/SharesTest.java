package io.trunkline.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.protocol.BusMessage.GatewayLoad;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** When a gateway hands connections over, and how many; {@code a} is the one that asks. */
class SharesTest {
  private static final Set<String> ALL = Set.of("a", "b", "c");
  private static final long SETTLED = Shares.SETTLE_MILLIS;

  private final Shares shares = new Shares("a", 0);

  /** All of them are there and ready, as long as it takes. */
  private int settled(int own, int b, int c) {
    look(0, own, Map.of("b", b, "c", c));
    return look(SETTLED, own, Map.of("b", b, "c", c));
  }

  private int look(long now, int own, Map<String, Integer> others) {
    others.forEach((name, count) -> shares.heard(new GatewayLoad(name, count, true), now));
    return shares.surplus(ALL, own, true, now);
  }

  @Test
  void whoHasMoreThanItsShareHandsThatOverOnceSomebodyHasATenthLess() {
    assertThat(settled(100, 100, 40)).isEqualTo(20);
  }

  @Test
  void withinATenthAllStaysAsItIs() {
    assertThat(settled(109, 100, 91)).isZero();
  }

  @Test
  void whoHasNoMoreThanItsShareHandsNothingOver() {
    assertThat(settled(80, 120, 100)).isZero();
  }

  @Test
  void onceBegunItGoesOnToItsShareAndBeginsNotAgainForLess() {
    assertThat(settled(150, 100, 50)).isEqualTo(50);
    assertThat(look(SETTLED + 1000, 105, Map.of("b", 100, "c", 95))).isEqualTo(5);
    assertThat(look(SETTLED + 2000, 100, Map.of("b", 100, "c", 100))).isZero();
    assertThat(look(SETTLED + 3000, 105, Map.of("b", 100, "c", 95))).isZero();
  }

  @Test
  void nothingIsMovedBeforeTheClusterHasSettled() {
    assertThat(look(0, 100, Map.of("b", 100, "c", 0))).isZero();
    assertThat(look(SETTLED - 1, 100, Map.of("b", 100, "c", 0))).isZero();
    assertThat(look(SETTLED, 100, Map.of("b", 100, "c", 0))).isPositive();
  }

  @Test
  void aGatewayThatJoinsOrLeavesStopsItUntilThingsHaveSettledAgain() {
    assertThat(settled(100, 100, 0)).isPositive();
    Set<String> more = Set.of("a", "b", "c", "d");
    long joined = SETTLED + 1000;
    shares.heard(new GatewayLoad("d", 0, true), joined);
    assertThat(shares.surplus(more, 100, true, joined)).isZero();
    assertThat(shares.surplus(ALL, 100, true, joined + 1000)).isZero();
    assertThat(look(joined + 1000 + SETTLED, 100, Map.of("b", 100, "c", 0))).isPositive();
  }

  @Test
  void aGatewayThatIsNotReadyStopsIt() {
    assertThat(settled(100, 100, 0)).isPositive();
    shares.heard(new GatewayLoad("c", 0, false), SETTLED + 1000);
    assertThat(shares.surplus(ALL, 100, true, SETTLED + 1000)).isZero();
    assertThat(look(SETTLED + 2000, 100, Map.of("b", 100, "c", 0))).isZero();
    assertThat(look(2 * SETTLED + 1000, 100, Map.of("b", 100, "c", 0))).isPositive();
  }

  @Test
  void whoIsNotReadyItselfHandsNothingOver() {
    assertThat(settled(100, 100, 0)).isPositive();
    assertThat(shares.surplus(ALL, 100, false, SETTLED + 1)).isZero();
  }

  @Test
  void aGatewayThatSaysNothingStopsIt() {
    assertThat(settled(100, 100, 0)).isPositive();
    long late = SETTLED + Shares.SILENT_MILLIS;
    shares.heard(new GatewayLoad("b", 100, true), late);
    assertThat(shares.surplus(ALL, 100, true, late)).isZero();
  }

  @Test
  void aGatewayThatHasNeverSaidAnythingKeepsItFromBeginning() {
    shares.heard(new GatewayLoad("b", 0, true), 0);
    assertThat(shares.surplus(ALL, 100, true, 0)).isZero();
    shares.heard(new GatewayLoad("b", 0, true), SETTLED);
    assertThat(shares.surplus(ALL, 100, true, SETTLED)).isZero();
  }

  @Test
  void clientsThatComeBackAllTheTimeAreGivenUpUntilAllIsEven() {
    int surplus = settled(90, 0, 0);
    assertThat(surplus).isEqualTo(60);
    for (int i = 1; i <= 5; i++) {
      shares.moved(60);
      int next = look(SETTLED + i, 90, Map.of("b", 0, "c", 0));
      assertThat(next).as("after %d times", i).isEqualTo(i < 5 ? 60 : 0);
    }
    assertThat(shares.hasGivenUp()).isTrue();
    assertThat(look(SETTLED + 10, 30, Map.of("b", 30, "c", 30))).isZero();
    assertThat(look(SETTLED + 20, 90, Map.of("b", 0, "c", 0))).isEqualTo(60);
  }
}
