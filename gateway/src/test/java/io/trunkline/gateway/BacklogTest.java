package io.trunkline.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BacklogTest {
  private static final int MOST_BYTES = 64 * 1024;

  /** The first byte of each message that is left, oldest first. */
  private static List<Integer> drained(Backlog backlog) {
    List<Integer> numbers = new ArrayList<>();
    for (byte[] next = backlog.poll(); next != null; next = backlog.poll()) {
      numbers.add((int) next[0]);
    }
    return numbers;
  }

  private static Backlog filled(int keep, int messages, int bytes) {
    Backlog backlog = new Backlog(keep);
    for (int number = 0; number < messages; number++) {
      byte[] payload = new byte[bytes];
      payload[0] = (byte) number;
      backlog.add(payload);
    }
    return backlog;
  }

  @Test
  void theNewestAreKeptUpToTheirNumber() {
    assertThat(drained(filled(3, 10, 1))).containsExactly(7, 8, 9);
  }

  @Test
  void howeverManyMayWaitTheirBytesAreBounded() {
    int most = MOST_BYTES / 1000;
    List<Integer> newest = IntStream.range(100 - most, 100).boxed().toList();
    assertThat(drained(filled(1_000_000, 100, 1000))).isEqualTo(newest);
  }

  @Test
  void theNewestIsKeptHoweverLarge() {
    assertThat(drained(filled(10, 3, 2 * MOST_BYTES))).containsExactly(2);
  }

  @Test
  void whatHasBeenTakenMakesRoom() {
    Backlog backlog = filled(1000, 60, 1000);
    for (int i = 0; i < 60; i++) {
      backlog.poll();
    }
    assertThat(backlog.isEmpty()).isTrue();
    for (int i = 0; i < 60; i++) {
      backlog.add(new byte[1000]);
    }
    assertThat(drained(backlog)).hasSize(60);
  }
}
