package io.trunkline.cli.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

class MarkTest {
  @Test
  void whatIsWrittenIsReadWhereverItStands() {
    byte[] bytes = Template.of(7, "{\"message\":\"", "xx\"}").with(123_456, 0x7fff_1234_5678_9abcL);
    ByteBuf in = Unpooled.copiedBuffer(new byte[5], bytes);
    int mark = Mark.find(in, 5, bytes.length);

    assertThat(Mark.sender(in, mark)).isEqualTo(7);
    assertThat(Mark.number(in, mark)).isEqualTo(123_456);
    assertThat(Mark.due(in, mark)).isEqualTo(0x7fff_1234_5678_9abcL);
  }

  @Test
  void whatHasNoneOrIsCutOffHasNone() {
    ByteBuf in =
        Unpooled.copiedBuffer(
            "{\"message\":\"~0000\"}".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    assertThat(Mark.find(in, 0, in.readableBytes())).isNegative();
    assertThat(Mark.find(in, 0, 5)).isNegative();
  }
}
