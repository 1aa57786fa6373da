package io.trunkline.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** What the reader of frames takes, another reader takes too, and reads the same in it. */
class JsonFrameFuzz {
  @FuzzTest(maxDuration = "10s")
  void agreesWithAnotherReader(byte[] bytes) {
    String text;
    JsonFrame frame;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      frame = JsonFrame.parse(bytes);
    } catch (CharacterCodingException | Refusal refused) {
      return; // the frame assembler lets nothing through that is no UTF-8
    }
    JsonObject other = new JsonObject(text);
    for (String name : other.fieldNames()) {
      assertThat(frame.has(name)).isTrue();
      if (other.getValue(name) instanceof String value) {
        assertThat(frame.string(name)).isEqualTo(value);
      }
    }
  }
}
