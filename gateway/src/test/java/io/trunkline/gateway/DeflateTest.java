package io.trunkline.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.trunkline.protocol.CloseCode;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.zip.Deflater;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** What a compressed message may cost, whatever it inflates to. */
@Timeout(value = 20, unit = TimeUnit.SECONDS, threadMode = ThreadMode.SEPARATE_THREAD)
class DeflateTest {
  private static final int LIMIT = 65_536;
  private static final int BOMB = 64 << 20;

  /** Doubled up to the limit, each step a copy; and one that is kept. */
  private static final long MOST_ALLOCATED = 6L * LIMIT;

  private final Deflate deflate = new Deflate();

  @AfterEach
  void end() {
    deflate.end();
  }

  private static byte[] compressed(int zeros) {
    Deflater deflater = new Deflater(9, true);
    deflater.setInput(new byte[zeros]);
    byte[] out = new byte[zeros / 500 + 64];
    int size = deflater.deflate(out, 0, out.length, Deflater.SYNC_FLUSH);
    deflater.end();
    return Arrays.copyOf(out, size - 4);
  }

  @Test
  void aBombCostsNoMoreThanTheLimitOfAMessage() {
    byte[] bomb = compressed(BOMB);
    explode(bomb); // classes, and zlib
    long before = allocated();
    explode(bomb);
    assertThat(allocated() - before).as("bytes allocated").isLessThan(MOST_ALLOCATED);
  }

  private void explode(byte[] bomb) {
    assertThatThrownBy(() -> deflate.inflate(bomb, bomb.length, LIMIT))
        .isInstanceOfSatisfying(
            ProtocolViolation.class, e -> assertThat(e.code()).isEqualTo(CloseCode.TOO_BIG));
  }

  @Test
  void aMessageAtTheLimitIsInflatedAndOneByteMoreIsNot() {
    byte[] most = compressed(LIMIT);
    assertThat(deflate.inflate(most, most.length, LIMIT)).hasSize(LIMIT);
    explode(compressed(LIMIT + 1));
  }

  /** Of this thread, ever. */
  private static long allocated() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    return threads.getThreadAllocatedBytes(Thread.currentThread().getId());
  }
}
