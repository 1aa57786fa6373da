package io.trunkline.protocol;

import io.trunkline.guard.HotPath;
import io.trunkline.guard.Sample;
import io.trunkline.protocol.BusMessage.Caller;
import io.trunkline.protocol.BusMessage.Deliver;
import io.trunkline.protocol.BusMessage.Delivery;
import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.BusMessage.Request;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.stream.LongStream;

/** One message written onto the bus at one end, and read at the other. */
public final class EncodeAndDecode implements HotPath {
  private static final int DELIVERIES = 16;

  /** SHA-256 in hex. */
  private static final int SESSION_CHARS = 64;

  private final BusCodec codec = new BusCodec();
  private final BusMessage message;
  private BusMessage read;

  private EncodeAndDecode(BusMessage message) {
    this.message = message;
  }

  public static EncodeAndDecode request() {
    Caller caller = new Caller("alice", "5".repeat(SESSION_CHARS), List.of("publish", "subscribe"));
    return new EncodeAndDecode(
        new Request(
            "private_message",
            "g1-2-7f",
            "g1",
            25,
            1,
            5000,
            caller,
            null,
            Sample.privateMessage()));
  }

  public static EncodeAndDecode reply() {
    return new EncodeAndDecode(Reply.of(Sample.ack()));
  }

  public static EncodeAndDecode deliver() {
    byte[] frame = Sample.delivered();
    return new EncodeAndDecode(
        new Deliver(
            LongStream.rangeClosed(1, DELIVERIES)
                .mapToObj(offset -> new Delivery("user:bob" + offset, offset, frame))
                .toList()));
  }

  @Override
  public void run() {
    Buffer wire = Buffer.buffer();
    codec.encodeToWire(wire, message);
    read = codec.decodeFromWire(0, wire);
  }

  @Override
  public String toString() {
    return String.valueOf(read);
  }
}
