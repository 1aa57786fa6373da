package io.trunkline.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Await;
import io.trunkline.testing.HttpAnswer;
import io.trunkline.testing.RawSocket;
import io.trunkline.testing.WebSocketProbe;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A gateway that stops sends its clients away, each to another moment, and takes no new one. */
class DrainTest {
  @RegisterExtension
  static final Rig rig = new Rig("DRAIN_SECONDS", "1", "MAX_CONNECTIONS_PER_USER", "100");

  @AfterEach
  void startAgain() {
    rig.start();
  }

  @Test
  void everyClientIsClosedWith4101AndATimeOfItsOwn() {
    List<WebSocketProbe> probes =
        Stream.concat(
                IntStream.range(0, 25).mapToObj(i -> rig.login("alice")),
                IntStream.range(0, 5).mapToObj(i -> rig.connect("/echo")))
            .toList();
    Await.result(rig.gateway().stop());
    assertThat(probes).allMatch(probe -> probe.closeCode() == 4101);
    List<Integer> times =
        probes.stream()
            .map(probe -> new JsonObject(probe.closeReason()).getInteger("retry_after_ms"))
            .toList();
    assertThat(times).doesNotHaveDuplicates().allMatch(time -> time >= 0 && time <= 30_000);
    assertThat(rig.gateway().connections()).isZero();
  }

  /** Of one second; the last step is a tenth of it before its end. */
  @Test
  void theyGoOverTheWholeDrainTime() {
    List<WebSocketProbe> probes =
        IntStream.range(0, 30).mapToObj(i -> rig.connect("/echo")).toList();
    long start = System.nanoTime();
    Future<Void> stopped = rig.gateway().stop();
    assertThat(probes).allMatch(probe -> probe.closeCode() == 4101);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(800));
    Await.result(stopped);
  }

  @Test
  void aGatewayWithoutClientsStopsAtOnceAndNobodyIsThereAnyMore() {
    long start = System.nanoTime();
    Await.result(rig.gateway().stop());
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
    assertThat(isListening()).isFalse();
  }

  private static boolean isListening() {
    try {
      rig.open().close();
      return true;
    } catch (UncheckedIOException refused) {
      return false;
    }
  }

  @Test
  void whileItDrainsNewClientsAreRefusedWith503() {
    rig.raw("/echo"); // does not answer the Close, and so prolongs the drain
    Future<Void> stopped = rig.gateway().stop();
    assertThat(rig.gateway().isDraining()).isTrue();
    for (String path : List.of("/ws", "/websocket", "/echo")) {
      HttpAnswer answer = rig.refused(path, Map.of());
      assertThat(answer.status()).isEqualTo(503);
      assertThat(answer.json().getString("code")).isEqualTo("unavailable");
      assertThat(answer.header("retry-after")).matches("[0-9]+");
    }
    assertThat(stopped.isComplete()).isFalse();
    Await.result(stopped);
  }

  @Test
  void clientsThatDoNotAnswerKeepNobodyWaiting() {
    List<RawSocket> silent = IntStream.range(0, 40).mapToObj(i -> rig.raw("/echo")).toList();
    List<WebSocketProbe> probes =
        IntStream.range(0, 20).mapToObj(i -> rig.connect("/echo")).toList();
    Future<Void> stopped = rig.gateway().stop();
    for (WebSocketProbe probe : probes) {
      assertThat(probe.closeCode()).isEqualTo(4101);
    }
    for (RawSocket socket : silent) {
      assertThat(socket.readFrame().closeCode()).isEqualTo(4101);
      assertThat(socket.readFrame()).isNull();
    }
    Await.result(stopped);
  }
}
