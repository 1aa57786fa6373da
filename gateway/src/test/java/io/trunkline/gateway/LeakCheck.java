package io.trunkline.gateway;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test class after which a buffer is found that was collected without having been released:
 * one of its own, or of a class before it. JUnit loads it for every class of this module. Netty's
 * leak detector follows every buffer where Maven runs the tests, a sample elsewhere; {@code make
 * leaks} tells more of one that it found.
 */
public final class LeakCheck implements AfterAllCallback {
  /** What the first frees may be what kept the next. */
  private static final int COLLECTIONS = 2;

  private static final Queue<String> leaks = new ConcurrentLinkedQueue<>();

  static {
    ByteBufUtil.setLeakListener((type, records) -> leaks.add(type + records));
  }

  @Override
  public void afterAll(ExtensionContext context) {
    for (int i = 0; i < COLLECTIONS; i++) {
      System.gc();
      ByteBufAllocator.DEFAULT.buffer().release(); // the detector looks when it gets the next one
    }
    String leak = leaks.poll();
    if (leak != null) {
      throw new AssertionError("not released, by this class or one before it: " + leak);
    }
  }
}
