package io.trunkline.gateway;

import io.netty.buffer.ByteBuf;
import io.trunkline.protocol.CloseCode;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The reading half of RFC 6455 and 7692: bytes from a client become whole messages and control
 * frames, strictly and as early as possible. Text is valid UTF-8 across fragment borders; a message
 * over the limit is refused by its header; what a header announces is allocated only as its bytes
 * arrive. A compressed message is gathered, and inflated up to the limit.
 *
 * <pre>
 *   HEADER (2 bytes) -> LENGTH (2 or 8) -> MASK (4) -> PAYLOAD -> HEADER ...
 * </pre>
 *
 * Knows nothing of sockets or of writing. One reader a connection, on its event loop.
 */
final class WebSocketReader {
  /** What a reader tells of. Called in the order in which things came. */
  interface Sink {
    /**
     * A whole message.
     *
     * @param payload the receiver's to keep
     */
    void onMessage(boolean text, byte[] payload);

    void onPing(byte[] payload);

    void onPong();

    /**
     * The peer's Close frame.
     *
     * @param code 1005 where it carried none (RFC 6455, section 7.1.5)
     */
    void onClose(int code, String reason);
  }

  static final int OP_CONTINUATION = 0x0;
  static final int OP_TEXT = 0x1;
  static final int OP_BINARY = 0x2;
  static final int OP_CLOSE = 0x8;
  static final int OP_PING = 0x9;
  static final int OP_PONG = 0xa;

  /** Beside the opcode of a message's first frame: RSV1 (RFC 7692, section 6). */
  static final int COMPRESSED = 0x40;

  static final int NO_STATUS = 1005;
  private static final int MAX_CONTROL_PAYLOAD = 125;
  private static final int FIRST_PIECE = 512;
  private static final byte[] EMPTY = new byte[0];
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private enum State {
    HEADER,
    LENGTH,
    MASK,
    PAYLOAD
  }

  private final Sink sink;
  private final int maxMessageBytes;
  private final boolean binaryAllowed;

  /** Null where compression was not negotiated. */
  private final Deflate deflate;

  private final Utf8Validator utf8 = new Utf8Validator();

  private State state = State.HEADER;

  /** The peer has said Close. */
  private boolean closed;

  /** The number that is being read, most significant byte first: header, length or mask. */
  private long number;

  private int numberBytes;

  /** Of the frame that is being read. */
  private boolean fin;

  private int opcode;
  private int lengthBytes;
  private int frameLength;
  private int framePosition;
  private int mask;

  /** Opcode of the message whose fragments are being gathered, or 0 between messages. */
  private int messageOpcode;

  /** That message is compressed. */
  private boolean compressed;

  /**
   * Payload so far of the message, respectively of the control frame that may stand between
   * fragments.
   */
  private byte[] message = EMPTY;

  private int messageLength;
  private byte[] control = EMPTY;

  WebSocketReader(Sink sink, int maxMessageBytes, boolean binaryAllowed, Deflate deflate) {
    this.sink = sink;
    this.maxMessageBytes = maxMessageBytes;
    this.binaryAllowed = binaryAllowed;
    this.deflate = deflate;
  }

  /**
   * Takes everything that is readable in {@code in}, up to a Close frame: nothing may follow it
   * (RFC 6455, section 5.5.1).
   *
   * @throws ProtocolViolation at the first byte that can't be right; the reader must not be used
   *     again
   */
  void read(ByteBuf in) {
    while (!closed && (state == State.PAYLOAD ? payload(in) : number(in))) {
      // each turn takes one part of a frame
    }
  }

  /** One of header, length and mask; false when it isn't complete yet. */
  private boolean number(ByteBuf in) {
    int wanted =
        switch (state) {
          case HEADER -> 2;
          case LENGTH -> lengthBytes;
          default -> 4;
        };
    while (numberBytes < wanted) {
      if (!in.isReadable()) {
        return false;
      }
      number = (number << 8) | in.readUnsignedByte();
      numberBytes++;
    }
    long value = number;
    number = 0;
    numberBytes = 0;
    switch (state) {
      case HEADER -> header((int) value);
      case LENGTH -> length(value);
      default -> {
        mask = (int) value;
        beginPayload();
      }
    }
    return true;
  }

  /** RFC 6455, section 5.2. */
  private void header(int bits) {
    fin = (bits & 0x8000) != 0;
    opcode = bits >> 8 & 0x0f;
    int shortLength = bits & 0x7f;
    checkReservedBits(bits >> 8 & 0x70);
    if ((bits & 0x80) == 0) {
      throw violation("frame is not masked");
    }
    checkOpcode(shortLength);
    if (shortLength < 126) {
      length(shortLength);
    } else {
      lengthBytes = shortLength == 126 ? 2 : 8;
      state = State.LENGTH;
    }
  }

  /** RFC 7692, section 6: RSV1 on the first frame of a message, where it was negotiated. */
  private void checkReservedBits(int reserved) {
    boolean first = opcode == OP_TEXT || opcode == OP_BINARY;
    require(
        reserved == 0 || (reserved == COMPRESSED && deflate != null && first),
        "reserved bits are set");
    if (first) {
      compressed = reserved != 0;
    }
  }

  private void checkOpcode(int shortLength) {
    switch (opcode) {
      case OP_CONTINUATION -> require(messageOpcode != 0, "continuation of nothing");
      case OP_TEXT, OP_BINARY -> {
        require(messageOpcode == 0, "new message inside a fragmented one");
        if (opcode == OP_BINARY && !binaryAllowed) {
          throw new ProtocolViolation(
              CloseCode.UNSUPPORTED_DATA, CloseCode.UNSUPPORTED_DATA.reason());
        }
      }
      case OP_CLOSE, OP_PING, OP_PONG -> {
        require(fin, "fragmented control frame");
        require(shortLength <= MAX_CONTROL_PAYLOAD, "control frame over 125 bytes");
      }
      default -> throw violation("unknown opcode " + opcode);
    }
  }

  private void length(long length) {
    if (lengthBytes != 0) {
      require(length >= (lengthBytes == 2 ? 126 : 65536), "length not in its shortest form");
      lengthBytes = 0;
    }
    if (!isControl() && length > maxGathered() - messageLength) {
      throw new ProtocolViolation(
          CloseCode.TOO_BIG, "message over the limit of " + maxMessageBytes + " bytes");
    }
    frameLength = (int) length;
    state = State.MASK;
  }

  /**
   * What does not compress gets longer: by 5 bytes for each block, of which a peer with the least
   * memory makes one for every 64 bytes or so.
   */
  private int maxGathered() {
    long slack = compressed ? maxMessageBytes / 8 + 64 : 0;
    return (int) Math.min(Integer.MAX_VALUE - 8, maxMessageBytes + slack);
  }

  private void beginPayload() {
    framePosition = 0;
    if (isControl()) {
      control = frameLength == 0 ? EMPTY : new byte[frameLength];
    } else if (opcode != OP_CONTINUATION) {
      messageOpcode = opcode;
    }
    state = State.PAYLOAD;
  }

  /** As much of the payload as there is; false when more must come. */
  private boolean payload(ByteBuf in) {
    int count = Math.min(frameLength - framePosition, in.readableBytes());
    if (count > 0) {
      if (isControl()) {
        take(in, control, framePosition, count);
      } else {
        takeMessageBytes(in, count);
      }
      framePosition += count;
    }
    if (framePosition < frameLength) {
      return false;
    }
    state = State.HEADER;
    if (isControl()) {
      endControl();
    } else if (fin) {
      endMessage();
    }
    return true;
  }

  private void takeMessageBytes(ByteBuf in, int count) {
    room(count);
    take(in, message, messageLength, count);
    if (messageOpcode == OP_TEXT && !compressed && !utf8.accept(message, messageLength, count)) {
      throw new ProtocolViolation(CloseCode.INVALID_UTF8, CloseCode.INVALID_UTF8.reason());
    }
    messageLength += count;
  }

  /** Exactly as much as is needed when the whole message is here, else by doubling. */
  private void room(int count) {
    int needed = messageLength + count;
    if (needed > message.length) {
      boolean rest = fin && framePosition + count == frameLength;
      int capacity = rest ? needed : Math.max(Math.max(FIRST_PIECE, needed), message.length * 2);
      message = Arrays.copyOf(message, Math.min(capacity, maxGathered()));
    }
  }

  private void take(ByteBuf in, byte[] target, int offset, int count) {
    in.readBytes(target, offset, count);
    unmask(target, offset, count);
  }

  /** RFC 6455, section 5.3, eight bytes at a time. */
  private void unmask(byte[] bytes, int offset, int count) {
    int key = Integer.rotateLeft(mask, 8 * (framePosition & 3));
    long key8 = ((long) key << 32) | (key & 0xffffffffL);
    int i = offset;
    int end = offset + count;
    for (; i + Long.BYTES <= end; i += Long.BYTES) {
      LONGS.set(bytes, i, (long) LONGS.get(bytes, i) ^ key8);
    }
    for (int shift = 24; i < end; i++, shift = (shift - 8) & 31) {
      bytes[i] ^= (byte) (key >> shift);
    }
  }

  private void endMessage() {
    boolean text = messageOpcode == OP_TEXT;
    byte[] payload = compressed ? inflated(text) : gathered();
    if (text && !utf8.complete()) {
      throw new ProtocolViolation(CloseCode.INVALID_UTF8, CloseCode.INVALID_UTF8.reason());
    }
    messageOpcode = 0;
    message = EMPTY;
    messageLength = 0;
    sink.onMessage(text, payload);
  }

  private byte[] gathered() {
    return messageLength == message.length ? message : Arrays.copyOf(message, messageLength);
  }

  private byte[] inflated(boolean text) {
    byte[] payload = deflate.inflate(message, messageLength, maxMessageBytes);
    if (text && !utf8.accept(payload, 0, payload.length)) {
      throw new ProtocolViolation(CloseCode.INVALID_UTF8, CloseCode.INVALID_UTF8.reason());
    }
    return payload;
  }

  private void endControl() {
    byte[] payload = control;
    control = EMPTY;
    switch (opcode) {
      case OP_PING -> sink.onPing(payload);
      case OP_PONG -> sink.onPong();
      default -> {
        closed = true;
        close(payload);
      }
    }
  }

  /** RFC 6455, sections 5.5.1 and 7.4. */
  private void close(byte[] payload) {
    if (payload.length == 0) {
      sink.onClose(NO_STATUS, "");
      return;
    }
    require(payload.length >= 2, "close frame with half a code");
    int code = ((payload[0] & 0xff) << 8) | (payload[1] & 0xff);
    require(isCloseCode(code), "close code " + code + " may not be sent");
    utf8.reset();
    if (!utf8.accept(payload, 2, payload.length - 2) || !utf8.complete()) {
      throw new ProtocolViolation(CloseCode.INVALID_UTF8, "close reason is not UTF-8");
    }
    sink.onClose(code, new String(payload, 2, payload.length - 2, StandardCharsets.UTF_8));
  }

  private static boolean isCloseCode(int code) {
    return (code >= 1000 && code <= 1003)
        || (code >= 1007 && code <= 1014)
        || (code >= 3000 && code <= 4999);
  }

  private boolean isControl() {
    return (opcode & 0x8) != 0;
  }

  private static void require(boolean rule, String otherwise) {
    if (!rule) {
      throw violation(otherwise);
    }
  }

  private static ProtocolViolation violation(String reason) {
    return new ProtocolViolation(CloseCode.PROTOCOL_ERROR, reason);
  }
}
