package io.trunkline.cli.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class FieldTest {
  private static final ByteBuf FRAME =
      Unpooled.copiedBuffer("{\"of\":1,\"offset\":42,\"x\":7}", StandardCharsets.US_ASCII);

  @Test
  void numberIsWhatFollowsItsWholeName() {
    assertThat(number("\"offset\":")).isEqualTo(42);
    assertThat(number("\"x\":")).isEqualTo(7);
  }

  @Test
  void whatIsNotThereOrCutOffIsNotFound() {
    assertThat(number("\"offsets\":")).isZero();
    assertThat(Field.find(FRAME, 0, 10, "\"offset\":")).isNegative();
  }

  private static long number(String name) {
    return Field.number(FRAME, 0, FRAME.readableBytes(), name);
  }
}
