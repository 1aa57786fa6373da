package io.trunkline.postgres;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/**
 * Ports of 127.0.0.1 for servers whose port must be known before they listen. They lie below those
 * that Linux (32768-) and macOS (49152-) give to outgoing connections, so that no client takes one
 * before its server does, or while its server is down.
 */
public final class FreePorts {
  private static final int FIRST = 15_000;
  private static final int LAST = 30_000;

  /** Those that this JVM gave away; none is given twice. */
  private static final Set<Integer> given = ConcurrentHashMap.newKeySet();

  private FreePorts() {}

  /** A port that nobody listens on. */
  public static int one() {
    while (true) {
      int port = ThreadLocalRandom.current().nextInt(FIRST, LAST);
      if (isFree(port) && given.add(port)) {
        return port;
      }
    }
  }

  /** That many different ones. */
  public static List<Integer> many(int count) {
    return Stream.generate(FreePorts::one).limit(count).toList();
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }
}
