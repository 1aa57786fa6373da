package io.trunkline.testing;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * One WebSocket frame (RFC 6455, section 5.2) as it is on the wire, good or bad.
 *
 * @param rsv the three reserved bits, 0 to 7
 */
@SuppressWarnings("ArrayRecordComponent") // bytes on the wire
public record Frame(boolean fin, int rsv, int opcode, byte[] payload) {
  public static final int CONTINUATION = 0;
  public static final int TEXT = 1;
  public static final int BINARY = 2;
  public static final int CLOSE = 8;
  public static final int PING = 9;
  public static final int PONG = 10;

  public static Frame text(String text) {
    return new Frame(true, 0, TEXT, text.getBytes(StandardCharsets.UTF_8));
  }

  public static Frame binary(byte[] payload) {
    return new Frame(true, 0, BINARY, payload);
  }

  public static Frame ping(String payload) {
    return new Frame(true, 0, PING, payload.getBytes(StandardCharsets.UTF_8));
  }

  public static Frame close(int code, String reason) {
    byte[] text = reason.getBytes(StandardCharsets.UTF_8);
    byte[] payload = ByteBuffer.allocate(2 + text.length).putShort((short) code).put(text).array();
    return new Frame(true, 0, CLOSE, payload);
  }

  /** The payload as text; bytes that are no UTF-8 fail the test. */
  public String text() {
    return utf8(payload);
  }

  /** The code of a close frame; 1005 where it carries none. */
  public int closeCode() {
    return payload.length < 2 ? 1005 : ByteBuffer.wrap(payload).getShort() & 0xffff;
  }

  public String closeReason() {
    return payload.length < 2 ? "" : utf8(ByteBuffer.wrap(payload, 2, payload.length - 2));
  }

  /** What a client sends: masked. */
  public byte[] masked() {
    return wire(true);
  }

  /** What a client must not send. */
  public byte[] unmasked() {
    return wire(false);
  }

  private byte[] wire(boolean mask) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write((fin ? 0x80 : 0) | rsv << 4 | opcode);
    int flag = mask ? 0x80 : 0;
    if (payload.length < 126) {
      out.write(flag | payload.length);
    } else if (payload.length < 1 << 16) {
      out.write(flag | 126);
      out.writeBytes(ByteBuffer.allocate(2).putShort((short) payload.length).array());
    } else {
      out.write(flag | 127);
      out.writeBytes(ByteBuffer.allocate(8).putLong(payload.length).array());
    }
    out.writeBytes(mask ? maskedPayload() : payload);
    return out.toByteArray();
  }

  /** The key, any will do here, and the payload under it. */
  private byte[] maskedPayload() {
    byte[] key = {0x37, (byte) 0xfa, 0x21, 0x3d};
    byte[] bytes = new byte[4 + payload.length];
    System.arraycopy(key, 0, bytes, 0, 4);
    for (int i = 0; i < payload.length; i++) {
      bytes[4 + i] = (byte) (payload[i] ^ key[i & 3]);
    }
    return bytes;
  }

  static String utf8(byte[] bytes) {
    return utf8(ByteBuffer.wrap(bytes));
  }

  private static String utf8(ByteBuffer bytes) {
    try {
      CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(bytes);
      return text.toString();
    } catch (CharacterCodingException e) {
      throw new AssertionError("the server sent bytes that are no UTF-8", e);
    }
  }
}
