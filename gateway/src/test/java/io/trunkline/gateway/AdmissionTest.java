package io.trunkline.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class AdmissionTest {
  private final Admission admission = new Admission(2);

  @Test
  void soManyEnterAndNoMore() {
    assertThat(admission.enter("alice")).isTrue();
    assertThat(admission.isFull("alice")).isFalse();
    assertThat(admission.enter("alice")).isTrue();
    assertThat(admission.isFull("alice")).isTrue();
    assertThat(admission.enter("alice")).isFalse();
    assertThat(admission.enter("bob")).isTrue();
  }

  @Test
  void whoLeavesMakesRoomForOne() {
    admission.enter("alice");
    admission.enter("alice");
    admission.leave("alice");
    assertThat(admission.enter("alice")).isTrue();
    assertThat(admission.enter("alice")).isFalse();
  }

  @Test
  void whoWasRefusedDoesNotCount() {
    admission.enter("alice");
    admission.enter("alice");
    admission.enter("alice");
    admission.leave("alice");
    admission.leave("alice");
    assertThat(admission.isFull("alice")).isFalse();
    admission.leave("alice");
    assertThat(admission.enter("alice")).isTrue();
    assertThat(admission.isFull("alice")).isFalse();
  }

  @Test
  void threadsDoNotLoseCount() throws InterruptedException {
    int threads = 4;
    int rounds = 20_000;
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CountDownLatch done = new CountDownLatch(threads);
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    for (int i = 0; i < threads; i++) {
      pool.execute(
          () -> {
            for (int round = 0; round < rounds; round++) {
              if (admission.enter("alice")) {
                most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                inside.decrementAndGet();
                admission.leave("alice");
              }
            }
            done.countDown();
          });
    }
    assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
    pool.shutdown();
    assertThat(most.get()).isLessThanOrEqualTo(2);
    assertThat(admission.isEmpty()).isTrue();
  }
}
