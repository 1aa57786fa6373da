package io.trunkline.cli.load;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.charset.StandardCharsets;

/**
 * One WebSocket, with as little work as it can have: frames are read where the network put them,
 * and nothing is kept for a connection that is quiet. Reads what a Trunkline gateway sends: whole,
 * uncompressed frames. One event loop.
 */
// A write that fails ends in exceptionCaught or channelInactive; nobody waits for a close.
@SuppressWarnings("FutureReturnValueIgnored")
final class Wire extends ChannelInboundHandlerAdapter {
  /** Whose connection it is. */
  interface Owner {
    void opened(Wire wire);

    /** {@code length} bytes of {@code in} from {@code at} on, good until this returns. */
    void text(Wire wire, ByteBuf in, int at, int length);

    /** The server says Close; {@link #ended} comes next. */
    default void closing(int code, String why) {}

    /** Once, whatever came before; {@code reason} is short and the same for the same cause. */
    void ended(Wire wire, String reason);
  }

  private static final int OP_TEXT = 1;
  private static final int OP_CLOSE = 8;
  private static final int OP_PING = 9;
  private static final int OP_PONG = 10;
  private static final int FIN = 0x80;

  /** Longest answer to an upgrade, and longest frame, that is waited for. */
  private static final int MOST_BYTES = 16 * 1024 * 1024;

  private static final byte[] SWITCHED = "HTTP/1.1 101".getBytes(StandardCharsets.US_ASCII);

  /** The answer to {@link #KEY}, RFC 6455, section 1.3. */
  private static final String ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

  private static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";

  private final Lane lane;
  private final Owner owner;
  private final String path;

  /** Null: none is given. */
  private final String session;

  /** Null until connected. */
  private ChannelHandlerContext context;

  /** The beginning of what has not all come; null mostly. */
  private ByteBuf rest;

  private boolean open;
  private boolean ended;

  /** Among the lane's wires that are to be flushed. */
  boolean dirty;

  Wire(Lane lane, Owner owner, String path, String session) {
    this.lane = lane;
    this.owner = owner;
    this.path = path;
    this.session = session;
  }

  boolean isOpen() {
    return open && !ended;
  }

  /** Sends a text; false where the output is full or there is none any more. */
  boolean send(byte[] payload) {
    if (!isOpen() || !context.channel().isWritable()) {
      return false;
    }
    write(OP_TEXT, payload, payload.length);
    return true;
  }

  void send(String text) {
    send(text.getBytes(StandardCharsets.UTF_8));
  }

  /** By a Close frame where there is a WebSocket; the end is told as always. */
  void close() {
    if (isOpen()) {
      write(OP_CLOSE, new byte[] {3, (byte) 0xe8}, 2);
      lane.flush();
    }
    if (context != null) {
      context.close();
    }
  }

  void flush() {
    dirty = false;
    context.flush();
  }

  private void write(int opcode, byte[] payload, int length) {
    context.write(
        lane.masked(context.alloc(), FIN | opcode, payload, length), context.voidPromise());
    lane.dirty(this);
  }

  /** TCP failed before there was a channel to speak of. */
  void failed(Throwable cause) {
    end("connect: " + lane.reason(cause));
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
  }

  @Override
  public void channelActive(ChannelHandlerContext active) {
    String credentials = session == null ? "" : "Authorization: Bearer " + session + "\r\n";
    String request =
        "GET "
            + path
            + " HTTP/1.1\r\nHost: "
            + lane.host()
            + "\r\nUpgrade: websocket\r\n"
            + "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
            + KEY
            + "\r\n"
            + credentials
            + "\r\n";
    byte[] bytes = request.getBytes(StandardCharsets.US_ASCII);
    active.writeAndFlush(
        active.alloc().buffer(bytes.length).writeBytes(bytes), active.voidPromise());
  }

  @Override
  public void channelRead(ChannelHandlerContext read, Object message) {
    ByteBuf in = (ByteBuf) message;
    if (rest != null) {
      rest.writeBytes(in);
      in.release();
      in = rest;
      rest = null;
    }
    try {
      int most = in.writerIndex();
      while (!ended && (open ? frame(in) : upgrade(in))) {
        // the next one
      }
      if (!ended && in.readerIndex() < most) {
        keep(in);
      }
    } finally {
      in.release();
    }
  }

  private void keep(ByteBuf in) {
    if (in.readableBytes() > MOST_BYTES) {
      drop("more than " + MOST_BYTES + " bytes without an end");
      return;
    }
    rest = context.alloc().buffer(Math.max(4096, 2 * in.readableBytes())).writeBytes(in);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext complete) {
    lane.flush();
  }

  private boolean upgrade(ByteBuf in) {
    String text = in.toString(StandardCharsets.US_ASCII);
    int end = text.indexOf("\r\n\r\n");
    if (end < 0) {
      return false;
    }
    if (!text.startsWith(new String(SWITCHED, StandardCharsets.US_ASCII))
        || !text.substring(0, end).contains(ACCEPT)) {
      drop("upgrade: " + text.substring(0, Math.min(12, end)));
      return false;
    }
    in.skipBytes(end + 4);
    open = true;
    owner.opened(this);
    return true;
  }

  /** One frame; false where it has not all come. */
  private boolean frame(ByteBuf in) {
    if (in.readableBytes() < 2) {
      return false;
    }
    int at = in.readerIndex();
    int first = in.getByte(at) & 0xff;
    int length = in.getByte(at + 1) & 0xff;
    int header = 2;
    if (length == 126) {
      if (in.readableBytes() < 4) {
        return false;
      }
      length = in.getUnsignedShort(at + 2);
      header = 4;
    } else if (length == 127) {
      if (in.readableBytes() < 10) {
        return false;
      }
      length = (int) Math.min(in.getLong(at + 2), MOST_BYTES + 1);
      header = 10;
    }
    if (length > MOST_BYTES) {
      drop("a frame of more than " + MOST_BYTES + " bytes, or a masked one");
      return false;
    }
    if (in.readableBytes() < header + length) {
      return false;
    }
    in.skipBytes(header + length);
    take(first, in, at + header, length);
    return true;
  }

  private void take(int first, ByteBuf in, int at, int length) {
    switch (first) {
      case FIN | OP_TEXT -> owner.text(this, in, at, length);
      case FIN | OP_PING -> {
        byte[] payload = new byte[length];
        in.getBytes(at, payload);
        write(OP_PONG, payload, length);
      }
      case FIN | OP_PONG -> {}
      case FIN | OP_CLOSE -> closed(in, at, length);
      default -> drop("a frame that begins with " + Integer.toHexString(first));
    }
  }

  private void closed(ByteBuf in, int at, int length) {
    int code = length < 2 ? 1005 : in.getUnsignedShort(at);
    owner.closing(code, length < 2 ? "" : in.toString(at + 2, length - 2, StandardCharsets.UTF_8));
    drop("close " + code);
  }

  private void drop(String reason) {
    end(reason);
    context.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext inactive) {
    if (rest != null) {
      rest.release();
      rest = null;
    }
    end("end of TCP");
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext caught, Throwable cause) {
    end(lane.reason(cause));
    caught.close();
  }

  private void end(String reason) {
    if (!ended) {
      ended = true;
      owner.ended(this, reason);
    }
  }
}
