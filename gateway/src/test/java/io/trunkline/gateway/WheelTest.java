package io.trunkline.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WheelTest {
  /** On a tick, so that tests can count from it. */
  private static final long START = 12_345_600;

  private final Wheel wheel = new Wheel(START);
  private final List<Long> woken = new ArrayList<>();

  private final class Bell extends Wheel.Entry {
    private long again;

    @Override
    void wake(long now) {
      woken.add(now - START);
      if (again > 0) {
        wheel.schedule(this, now + again);
      }
    }
  }

  private void advanceTo(long millis) {
    for (long t = 0; t <= millis; t += Wheel.TICK_MILLIS) {
      wheel.advance(START + t);
    }
  }

  @Test
  void anEntryIsWokenOnceAtTheTickAfterItIsDue() {
    wheel.schedule(new Bell(), START + 250);
    advanceTo(1000);
    assertThat(woken).hasSize(1).allMatch(at -> at >= 250 && at <= 250 + Wheel.TICK_MILLIS);
  }

  @Test
  void oneThatIsDueAlreadyIsWokenAtTheNextTick() {
    wheel.schedule(new Bell(), START - 5000);
    wheel.advance(START + Wheel.TICK_MILLIS);
    assertThat(woken).hasSize(1);
  }

  @Test
  void oneThatIsCancelledIsNot() {
    Bell bell = new Bell();
    wheel.schedule(bell, START + 200);
    wheel.cancel(bell);
    wheel.cancel(bell);
    advanceTo(1000);
    assertThat(woken).isEmpty();
  }

  @Test
  void aNewAppointmentReplacesTheOld() {
    Bell bell = new Bell();
    wheel.schedule(bell, START + 200);
    wheel.schedule(bell, START + 900);
    advanceTo(2000);
    assertThat(woken).hasSize(1).allMatch(at -> at >= 900);
  }

  @Test
  void oneMayCallItselfAgain() {
    Bell bell = new Bell();
    bell.again = 300;
    wheel.schedule(bell, START + 300);
    advanceTo(1000);
    assertThat(woken.size()).isBetween(2, 3);
  }

  @Test
  void appointmentsSeveralTurnsAwayWait() {
    wheel.schedule(new Bell(), START + 200_000);
    advanceTo(199_900);
    assertThat(woken).isEmpty();
    wheel.advance(START + 200_100);
    assertThat(woken).hasSize(1);
  }

  @Test
  void oneThatNeverComesDueStays() {
    wheel.schedule(new Bell(), Long.MAX_VALUE - 1000);
    advanceTo(120_000);
    assertThat(woken).isEmpty();
  }

  @Test
  void aLoopThatWasBusyForMinutesWakesEverybodyOnce() {
    for (int i = 0; i < 1000; i++) {
      wheel.schedule(new Bell(), START + i * 100L);
    }
    wheel.advance(START + 600_000);
    assertThat(woken).hasSize(1000);
  }

  @Test
  void oneThatFailsDoesNotKeepTheOthersAsleep() {
    wheel.schedule(
        new Wheel.Entry() {
          @Override
          void wake(long now) {
            throw new IllegalStateException("on purpose");
          }
        },
        START + 100);
    wheel.schedule(new Bell(), START + 100);
    wheel.schedule(new Bell(), START + 500);
    advanceTo(1000);
    assertThat(woken).hasSize(2);
  }

  @Test
  void atRandomEverybodyIsWokenInTime() {
    Random random = new Random(3);
    Map<Wheel.Entry, Long> due = new HashMap<>();
    long[] now = {START};
    for (int step = 0; step < 20_000; step++) {
      Wheel.Entry entry = entry(due, now);
      long at = now[0] + random.nextInt(100_000);
      due.put(entry, at);
      wheel.schedule(entry, at);
      if (random.nextInt(4) == 0) {
        wheel.cancel(entry);
        due.remove(entry);
      }
      now[0] += random.nextInt(200);
      wheel.advance(now[0]);
      long latest = now[0] - Wheel.TICK_MILLIS;
      if (step % 500 == 0) {
        assertThat(due.values()).allMatch(left -> left > latest);
      }
    }
  }

  private static Wheel.Entry entry(Map<Wheel.Entry, Long> due, long[] clock) {
    return new Wheel.Entry() {
      @Override
      void wake(long now) {
        assertThat(due.remove(this)).isNotNull().isLessThanOrEqualTo(clock[0]);
      }
    };
  }
}
