package io.trunkline.cluster;

import io.trunkline.testing.WebSocketProbe;
import java.io.IOException;

/** A process with one WebSocket, which answers pings until it is killed. */
final class LiveClient {
  private LiveClient() {}

  /** {@code uri}: where to. Ends with its standard input, so that it does not outlive the test. */
  public static void main(String[] uri) throws IOException {
    try (WebSocketProbe probe = WebSocketProbe.connect(uri[0])) {
      while (probe.isOpen() && System.in.read() >= 0) {
        // nothing to say
      }
    }
  }
}
