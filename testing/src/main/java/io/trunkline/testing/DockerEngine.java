package io.trunkline.testing;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Says within a moment whether a Docker engine listens here, which Testcontainers takes seconds and
 * a page of log to find out.
 */
final class DockerEngine {
  private DockerEngine() {}

  static boolean answers() {
    String host = System.getenv("DOCKER_HOST");
    if (host != null && !host.isBlank()) {
      return !host.startsWith("unix://") || listens(Path.of(host.substring("unix://".length())));
    }
    String home = System.getProperty("user.home");
    return List.of(Path.of("/var/run/docker.sock"), Path.of(home, ".docker", "run", "docker.sock"))
        .stream()
        .anyMatch(DockerEngine::listens);
  }

  private static boolean listens(Path socket) {
    if (!Files.exists(socket)) {
      return false;
    }
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return channel.connect(UnixDomainSocketAddress.of(socket));
    } catch (IOException e) {
      return false;
    }
  }
}
