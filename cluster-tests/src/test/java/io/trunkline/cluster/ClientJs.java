package io.trunkline.cluster;

import io.trunkline.testing.Npm;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** The JavaScript client's sources and the Node that runs them. */
final class ClientJs {
  private static final Path DIRECTORY = Path.of(System.getProperty("trunkline.client-js"));

  private ClientJs() {}

  /** Fails or skips the test where Node or what the client's tests need cannot be had. */
  static void need() {
    Npm.need(DIRECTORY);
  }

  /** Runs {@code words} in the client's directory. */
  static Npm.Run run(Duration limit, Map<String, String> environment, String... words)
      throws IOException {
    return Npm.run(DIRECTORY, limit, environment, words);
  }

  /** Something to talk to, in the client's directory; its errors are this process'. */
  static Process start(String... words) throws IOException {
    return new ProcessBuilder(words)
        .directory(DIRECTORY.toFile())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }
}
