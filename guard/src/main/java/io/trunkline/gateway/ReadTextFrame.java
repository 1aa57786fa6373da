package io.trunkline.gateway;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.trunkline.guard.HotPath;
import io.trunkline.guard.Sample;

/** A client's frame, as TCP brings it, becomes a message. */
public final class ReadTextFrame implements HotPath, WebSocketReader.Sink {
  private static final byte[] MASK = {0x37, (byte) 0xfa, 0x21, 0x3d};
  private static final int MAX_MESSAGE_BYTES = 64 * 1024;

  private final ByteBuf wire = Unpooled.directBuffer();
  private final WebSocketReader reader = new WebSocketReader(this, MAX_MESSAGE_BYTES, false, null);
  private byte[] message;

  public ReadTextFrame() {
    byte[] payload = Sample.privateMessage();
    wire.writeByte(0x81).writeByte(0x80 | payload.length).writeBytes(MASK);
    for (int i = 0; i < payload.length; i++) {
      wire.writeByte(payload[i] ^ MASK[i & 3]);
    }
  }

  @Override
  public void run() {
    wire.readerIndex(0);
    reader.read(wire);
  }

  @Override
  public void onMessage(boolean text, byte[] payload) {
    message = payload;
  }

  @Override
  public void onPing(byte[] payload) {
    throw new IllegalStateException("a ping");
  }

  @Override
  public void onPong() {
    throw new IllegalStateException("a pong");
  }

  @Override
  public void onClose(int code, String reason) {
    throw new IllegalStateException("a close");
  }

  @Override
  public String toString() {
    return message == null ? "nothing" : message.length + " bytes";
  }

  @Override
  public void close() {
    wire.release();
  }
}
