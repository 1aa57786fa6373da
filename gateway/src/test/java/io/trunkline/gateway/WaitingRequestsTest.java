package io.trunkline.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Await;
import io.trunkline.testing.WebSocketProbe;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What one client sends while an earlier request of its own has no answer. */
class WaitingRequestsTest {
  /** What a request counts beside its bytes. */
  private static final int OVERHEAD_BYTES = 1024;

  /** What Netty takes at once, before reading can stop. */
  private static final int ONE_READ_BYTES = 65_536;

  @RegisterExtension
  static final Rig rig = new Rig("REQUEST_RATE", "100000", "REQUEST_BURST", "100000");

  /** 64 requests, or 256 KiB, and one in hand; see docs/limits.md. */
  @ParameterizedTest
  @CsvSource({"1000, 65", "16000, 18"})
  void nothingMoreIsReadWhileTooMuchWaits(int bytes, int held) {
    rig.service().answer("stuck", request -> ScriptedService.SILENCE);
    WebSocketProbe alice = rig.login("alice");
    String frame = "{\"type\":\"stuck\",\"bulk\":\"" + "x".repeat(bytes) + "\"}";
    int oneRead = ONE_READ_BYTES / bytes + 1;
    for (int i = 0; i < 3 * (held + oneRead); i++) {
      alice.send(frame);
    }
    int[] most = new int[1];
    Await.until(
        () -> {
          most[0] = Math.max(most[0], held(frame));
          return alice.waiting() > 0;
        },
        "the first is given up");
    assertThat(most[0]).isBetween(held, held + oneRead);
    alice.abort();
    Await.until(() -> rig.gateway().unanswered().taken() == 0, "nothing is held any more");
  }

  private static int held(String frame) {
    return (int) (rig.gateway().unanswered().taken() / (frame.length() + OVERHEAD_BYTES));
  }
}
