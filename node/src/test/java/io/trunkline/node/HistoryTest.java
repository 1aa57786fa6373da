package io.trunkline.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.protocol.BusMessage.NodeReport;
import io.trunkline.protocol.BusMessage.NodeSample;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What a node remembers of its last minutes. */
class HistoryTest {
  private static final long START = 1_795_000_000_000L;

  private final History history = new History();
  private final AtomicLong value = new AtomicLong();

  private void takeMany(int count) {
    for (int i = 0; i < count; i++) {
      value.incrementAndGet();
      history.take(START + (long) i * History.STEP_MILLIS);
    }
  }

  @Test
  void itKeepsFiveMinutesAndNoMore() {
    history.add("n", value::get);
    takeMany(History.MOST_SAMPLES + 10);
    List<NodeSample> samples = history.report(1000).samples();
    assertThat(samples).hasSize(History.MOST_SAMPLES);
    assertThat(samples.get(0).values()).containsExactly(11L);
    assertThat(history.report(1000).now()).containsExactly(History.MOST_SAMPLES + 10L);
  }

  @Test
  void whoAsksForAFewGetsTheNewest() {
    history.add("n", value::get);
    takeMany(5);
    assertThat(history.report(2).samples())
        .extracting(sample -> sample.values().get(0))
        .containsExactly(4L, 5L);
    assertThat(history.report(0).samples()).isEmpty();
  }

  @Test
  void timesAreMultiplesOfTheStepAndNoneComesTwice() {
    history.add("n", value::get);
    history.take(START + 1);
    history.take(START + 1999);
    history.take(START + 2001);
    history.take(START + 100); // the clock was set back
    assertThat(history.report(10).samples()).extracting(NodeSample::at).containsExactly(START);
  }

  @Test
  void samplesHaveAValueForEachSeriesThatThereIs() {
    history.add("first", () -> 1);
    history.take(START);
    history.add("second", () -> 2);
    assertThat(history.report(10).samples()).isEmpty();
    history.take(START);
    history.add("first", () -> 3);
    history.take(START);
    NodeReport report = history.report(10);
    assertThat(report.series()).containsExactly("second", "first");
    assertThat(report.now()).containsExactly(2L, 3L);
    history.remove(List.of("second", "unknown"));
    assertThat(history.report(10).series()).containsExactly("first");
  }
}
