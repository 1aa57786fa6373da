package io.trunkline.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CostsTest {
  private static final Costs BASE = of(100, 1000);

  private static Costs of(long bytes, long ours) {
    return new Costs(Map.of("ECHO", new Cost(bytes, ours, 7)));
  }

  @Test
  void aTenthUpOrDownIsNoChange() {
    assertThat(of(110, 1100).changesFrom(BASE)).isEmpty();
    assertThat(of(90, 900).changesFrom(BASE)).isEmpty();
  }

  @Test
  void moreThanATenthIsAChangeEitherWay() {
    assertThat(of(111, 1000).changesFrom(BASE)).containsExactly("ECHO: bytes 100 -> 111, +11 %");
    assertThat(of(100, 885).changesFrom(BASE))
        .containsExactly("ECHO: instructions 1000 -> 885, -11 %");
  }

  @Test
  void whatAllocatedNothingMayAllocateNothing() {
    assertThat(of(16, 1000).changesFrom(of(0, 1000))).containsExactly("ECHO: bytes 0 -> 16");
  }

  @Test
  void everyPathHasABaseLineAndEveryBaseLineAPath() {
    Costs none = new Costs(Map.of());
    assertThat(BASE.changesFrom(none)).containsExactly("ECHO: has no base line");
    assertThat(none.changesFrom(BASE)).containsExactly("ECHO: is no path any more");
  }

  @Test
  void whatIsAcceptedIsTheChangeAndNotTheNoise() {
    assertThat(of(105, 1000).over(BASE)).isEqualTo(BASE);
    assertThat(of(105, 800).over(BASE)).isEqualTo(of(105, 800));
    assertThat(BASE.over(new Costs(Map.of()))).isEqualTo(BASE);
  }

  @Test
  void whatIsWrittenIsRead() {
    assertThat(Costs.parse(List.of(BASE.text().split("\n", -1)))).isEqualTo(BASE);
  }
}
