package io.trunkline.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.trunkline.testing.Await;
import io.trunkline.testing.Ports;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** However the demo ends, nothing of it is left. */
@Timeout(180)
class DemoEndTest {
  @Test
  void ctrlCStopsAllOfItQuietly() throws Exception {
    assumeFalse(ignoresInterrupts(), "started in the background, where SIGINT is ignored");
    endsQuietlyOn("INT");
  }

  @Test
  void sigtermStopsAllOfItQuietly() throws Exception {
    endsQuietlyOn("TERM");
  }

  @Test
  void sigkillLeavesNoDatabase() throws Exception {
    DemoProcess demo = DemoProcess.start().awaitReady();
    demo.kill();
    demo.awaitExit();
    Await.until(() -> !DemoProcess.listens(demo.postgresPort()), "Postgres has ended");
  }

  @Test
  void takenPortIsNamedInOneLine() throws Exception {
    try (ServerSocket other = new ServerSocket(Ports.free(), 1, InetAddress.getLoopbackAddress())) {
      DemoProcess demo = DemoProcess.start(List.of(Ports.free(), other.getLocalPort()));
      assertThat(demo.awaitExit()).isEqualTo(1);
      assertThat(demo.output().lines())
          .singleElement()
          .asString()
          .contains("port " + other.getLocalPort());
    }
  }

  @Test
  void portTakenMeanwhileStopsWhatHadStarted() throws Exception {
    int port = Ports.free();
    DemoProcess demo = DemoProcess.start(List.of(Ports.free(), port));
    // After the first look at the ports, and before the gateways listen.
    Await.until(() -> demo.output().contains("Starting"), "the demo starts");
    try (ServerSocket other = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      assertThat(demo.awaitExit()).isEqualTo(1);
      assertThat(demo.output()).contains(":" + other.getLocalPort());
      assertThat(DemoProcess.listens(demo.postgresPort())).isFalse();
    }
  }

  private static void endsQuietlyOn(String signal) throws Exception {
    DemoProcess demo = DemoProcess.start().awaitReady();
    String before = demo.output();
    demo.signal(signal);
    assertThat(demo.awaitExit()).isZero();
    assertThat(demo.output()).isEqualTo(before);
    for (int port : List.of(demo.postgresPort(), demo.port(0), demo.port(1))) {
      assertThat(DemoProcess.listens(port)).as("port %d", port).isFalse();
    }
  }

  /** A process started in the background by a shell without job control, and its children. */
  private static boolean ignoresInterrupts() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return false;
    }
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("SigIgn:"))
        .map(line -> Long.parseUnsignedLong(line.substring("SigIgn:".length()).strip(), 16))
        .anyMatch(mask -> (mask & 2) != 0);
  }
}
