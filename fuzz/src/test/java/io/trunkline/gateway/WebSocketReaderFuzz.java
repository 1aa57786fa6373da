package io.trunkline.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** How TCP cuts a client's bytes into pieces changes nothing, and no message exceeds the limit. */
class WebSocketReaderFuzz {
  private static final int LIMIT = 300;
  private static final Deflate DEFLATE = new Deflate();

  @FuzzTest(maxDuration = "10s")
  void piecesChangeNothing(byte[] bytes) {
    for (Deflate deflate : new Deflate[] {null, DEFLATE}) {
      List<String> whole = read(List.of(bytes), deflate);
      assertThat(read(pieces(bytes), deflate)).isEqualTo(whole);
    }
  }

  private static List<byte[]> pieces(byte[] bytes) {
    Random random = new Random(Arrays.hashCode(bytes));
    List<byte[]> pieces = new ArrayList<>();
    for (int from = 0; from < bytes.length; ) {
      int to = Math.min(bytes.length, from + 1 + random.nextInt(9));
      pieces.add(Arrays.copyOfRange(bytes, from, to));
      from = to;
    }
    return pieces;
  }

  private static List<String> read(List<byte[]> pieces, Deflate deflate) {
    List<String> events = new ArrayList<>();
    WebSocketReader reader = new WebSocketReader(new Recorder(events), LIMIT, true, deflate);
    try {
      for (byte[] piece : pieces) {
        reader.read(Unpooled.wrappedBuffer(piece));
      }
    } catch (ProtocolViolation violation) {
      events.add(violation.code() + " " + violation.getMessage());
    }
    return events;
  }

  private record Recorder(List<String> events) implements WebSocketReader.Sink {
    @Override
    public void onMessage(boolean text, byte[] payload) {
      assertThat(payload.length).isLessThanOrEqualTo(LIMIT);
      events.add((text ? "text " : "binary ") + Arrays.toString(payload));
    }

    @Override
    public void onPing(byte[] payload) {
      events.add("ping " + Arrays.toString(payload));
    }

    @Override
    public void onPong() {
      events.add("pong");
    }

    @Override
    public void onClose(int code, String reason) {
      events.add("close " + code + " " + reason);
    }
  }
}
