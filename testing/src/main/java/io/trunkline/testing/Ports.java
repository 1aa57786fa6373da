package io.trunkline.testing;

import io.trunkline.postgres.FreePorts;
import java.util.List;

/**
 * Ports for servers that cannot be told to take any; no client gets one while its server is down.
 */
public final class Ports {
  private Ports() {}

  /** A port of 127.0.0.1 that nobody listens on; never the same again. */
  public static int free() {
    return FreePorts.one();
  }

  /** That many different ones. */
  public static List<Integer> free(int count) {
    return FreePorts.many(count);
  }
}
