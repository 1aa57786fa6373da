package io.trunkline.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.vertx.core.buffer.Buffer;

/** Bytes from the bus are refused, or a message that the same bytes stand for. */
class BusCodecFuzz {
  private static final BusCodec CODEC = new BusCodec();

  @FuzzTest(maxDuration = "10s")
  void refusesOrUnderstands(byte[] bytes) {
    BusMessage message;
    try {
      message = CODEC.decodeFromWire(0, Buffer.buffer(bytes));
    } catch (IndexOutOfBoundsException | IllegalArgumentException refused) {
      return;
    }
    Buffer once = encoded(message);
    assertThat(encoded(CODEC.decodeFromWire(0, once))).isEqualTo(once);
  }

  private static Buffer encoded(BusMessage message) {
    Buffer buffer = Buffer.buffer();
    CODEC.encodeToWire(buffer, message);
    return buffer;
  }
}
