package io.trunkline.gateway;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.trunkline.protocol.CloseCode;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One WebSocket on its Netty channel, after the upgrade: reads through {@link WebSocketReader},
 * writes frames within a bound of unsent bytes, and closes in the order that RFC 6455, section 7,
 * asks for. Everything happens on the channel's event loop.
 *
 * <pre>
 *   OPEN --close()--> CLOSING --peer's Close, its FIN, or CLOSE_MILLIS--> CLOSED
 *     \--peer's Close, answerClose()--> CLOSING --written, or CLOSE_MILLIS--> CLOSED
 *     \--TCP end------------------------------------------------------> CLOSED
 * </pre>
 */
@SuppressWarnings(
    "FutureReturnValueIgnored") // a write that fails ends the channel, which is told of
final class Socket extends ChannelInboundHandlerAdapter implements WebSocketReader.Sink {
  private static final Logger log = LoggerFactory.getLogger(Socket.class);

  /**
   * How long a peer may take to read what was written up to our Close, and to answer it, before TCP
   * ends; 3 s is a slow mobile round trip or two.
   */
  private static final long CLOSE_MILLIS = 3000;

  /** No Close frame came (RFC 6455, section 7.1.5). */
  static final int ABNORMAL = 1006;

  /** What the socket's owner is told, on the event loop. */
  interface Listener {
    void onMessage(boolean text, byte[] payload);

    /**
     * The client broke a rule. What it sent before is still to be answered; then the owner closes
     * with this code.
     */
    void onViolation(CloseCode code, String reason);

    /**
     * The client has said Close. What it sent before is still to be answered; then the owner
     * answers the Close.
     */
    void onGoodbye(int code);

    /** There is room again for unsent bytes. */
    void onWritable();

    /** Said once, last. */
    void onClosed(int code, String reason);
  }

  private enum State {
    OPEN,
    CLOSING,
    CLOSED
  }

  private final Loop loop;
  private final WebSocketReader reader;

  /** Null where messages go as they are. */
  private final Compression compression;

  private final int maxUnsentBytes;
  private ChannelHandlerContext ctx;
  private Listener listener;
  private State state = State.OPEN;

  /** What arrives is thrown away: after a violation, and once the peer has said Close. */
  private boolean deaf;

  /** The peer has sent its Close: nothing more can come. */
  private boolean peerClosed;

  /** The kernel has our Close, and all that was written before it. */
  private boolean closeWritten;

  /** Waits in the loop's list of sockets to flush. */
  private boolean dirty;

  /** As far as is known without asking; final once the close has begun. */
  private boolean drained = true;

  /** The close as it will be told; null while open. */
  private String closeReason;

  private int closeCode = ABNORMAL;

  /** Milliseconds of the loop's clock at which bytes last came. */
  private long lastReadAt;

  /** Whole messages and control frames, and bytes as they are on the wire inside TLS. */
  private long framesIn;

  private long framesOut;
  private long bytesIn;
  private long bytesOut;

  Socket(
      Loop loop,
      int maxMessageBytes,
      int maxUnsentBytes,
      boolean binaryAllowed,
      Compression compression) {
    this.loop = loop;
    this.maxUnsentBytes = maxUnsentBytes;
    this.compression = compression;
    Deflate deflate = compression == null ? null : loop.deflate();
    this.reader = new WebSocketReader(this, maxMessageBytes, binaryAllowed, deflate);
    this.lastReadAt = loop.now();
  }

  void listen(Listener owner) {
    this.listener = owner;
  }

  boolean isOpen() {
    return state == State.OPEN;
  }

  long lastReadAt() {
    return lastReadAt;
  }

  /** For the line that tells of the close. */
  Traffic traffic() {
    return new Traffic(framesIn, framesOut, bytesIn, bytesOut);
  }

  /** Bytes handed to Netty that the kernel has not taken. */
  long unsentBytes() {
    ChannelOutboundBuffer buffer = ctx.channel().unsafe().outboundBuffer();
    return buffer == null ? 0 : buffer.totalPendingWriteBytes();
  }

  /**
   * Whether the kernel has taken everything that was written, up to the close if that has begun.
   */
  boolean isDrained() {
    if (state == State.OPEN && !drained && !dirty) {
      drained = unsentBytes() == 0;
    }
    return drained;
  }

  /** Whether a bulk writer, such as a replay, should go on now; below Netty's low-water mark. */
  boolean isWritable() {
    return state == State.OPEN && ctx.channel().isWritable();
  }

  /** Writes one text message, or drops it where the socket is no longer open. */
  void writeText(byte[] payload) {
    writeMessage(true, payload);
  }

  void writeMessage(boolean text, byte[] payload) {
    if (state == State.OPEN) {
      write(frame(text ? WebSocketReader.OP_TEXT : WebSocketReader.OP_BINARY, payload));
    }
  }

  /** Writes a message that others get too; it stays the caller's. */
  void write(TextFrame message) {
    if (state == State.OPEN) {
      write(message.bytesFor(compression));
    }
  }

  private ByteBuf frame(int opcode, byte[] payload) {
    ByteBuf frame =
        compression == null
            ? null
            : loop.deflate().frame(ctx.alloc(), opcode, payload, compression.serverWindowBits());
    return frame == null ? WebSocketWriter.frame(ctx.alloc(), opcode, payload) : frame;
  }

  /** Whether a bulk writer may go on with a payload of so many bytes. */
  boolean hasRoomFor(int bytes) {
    return isWritable() && !exceeds(bytes + WebSocketWriter.MAX_HEADER_BYTES);
  }

  /**
   * Writes a complete frame, which is released in any case. A reader that is too slow for it is
   * closed with 4202 instead: the bytes that it has not taken are bounded, and nobody waits for it.
   */
  private void write(ByteBuf frame) {
    if (exceedsFlushed(frame.readableBytes())) {
      frame.release();
      close(CloseCode.SLOW_READER);
    } else {
      writeNow(frame);
    }
  }

  /** The kernel may yet take what waits for the end of this turn. */
  private boolean exceedsFlushed(int bytes) {
    if (!exceeds(bytes)) {
      return false;
    }
    ctx.flush();
    return exceeds(bytes);
  }

  /** One frame always fits, however large, or its reader could never get it. */
  private boolean exceeds(int bytes) {
    long unsent = unsentBytes();
    return unsent > 0 && unsent + bytes > maxUnsentBytes;
  }

  void ping() {
    if (state == State.OPEN) {
      writeNow(WebSocketWriter.frame(ctx.alloc(), WebSocketReader.OP_PING, new byte[0]));
    }
  }

  void pauseReading() {
    ctx.channel().config().setAutoRead(false);
  }

  void resumeReading() {
    ctx.channel().config().setAutoRead(true);
  }

  void close(CloseCode code) {
    close(code.code(), code.reason());
  }

  /** Sends Close, waits for the peer's, then ends TCP. Does nothing when that has begun already. */
  void close(int code, String reason) {
    if (state == State.OPEN) {
      beginClose(code, reason);
      sendClose(code, reason);
    }
  }

  /** Answers the peer's Close with its own code. Does nothing when a close has begun already. */
  void answerClose(int code) {
    if (state == State.OPEN) {
      beginClose(code, "closed by the client"); // what it says itself is for no log
      sendClose(code, "");
    }
  }

  /** Ends TCP without a word. */
  void abort(int code, String reason) {
    if (state == State.OPEN) {
      beginClose(code, reason);
    }
    ctx.close();
  }

  /** The loop's turn to flush what was written since the last one. */
  void flushNow() {
    dirty = false;
    ctx.flush();
    isDrained();
  }

  private void countIn() {
    framesIn++;
    loop.counts().framesIn.increment();
  }

  private void countOut(int bytes) {
    framesOut++;
    bytesOut += bytes;
    loop.counts().framesOut.increment();
    loop.counts().bytesOut.add(bytes);
  }

  private void writeNow(ByteBuf frame) {
    drained = false;
    countOut(frame.readableBytes());
    ctx.write(frame, ctx.voidPromise());
    if (!dirty) {
      dirty = true;
      loop.flushLater(this);
    }
  }

  private void beginClose(int code, String reason) {
    isDrained();
    state = State.CLOSING;
    closeCode = code;
    closeReason = reason;
  }

  /**
   * After the Close frame our half of TCP ends, over TLS after its close_notify, while the other is
   * read to its end: a reset, which follows when unread bytes are thrown away with the socket,
   * could overtake the Close frame.
   */
  private void sendClose(int code, String reason) {
    Channel channel = ctx.channel();
    channel.config().setAutoRead(true); // for the peer's Close, or its end
    ByteBuf frame = WebSocketWriter.close(ctx.alloc(), code, reason);
    countOut(frame.readableBytes());
    ctx.writeAndFlush(frame).addListener(written -> endOutput(channel, written.isSuccess()));
    channel.eventLoop().schedule(() -> closeChannel(channel), CLOSE_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void endOutput(Channel channel, boolean written) {
    closeWritten = true;
    if (!written || peerClosed || !(channel instanceof DuplexChannel duplex)) {
      closeChannel(channel);
    } else {
      SslHandler tls = ctx.pipeline().get(SslHandler.class);
      if (tls == null) {
        duplex.shutdownOutput();
      } else {
        tls.closeOutbound().addListener(notified -> duplex.shutdownOutput());
      }
    }
  }

  private static void closeChannel(Channel channel) {
    if (channel.isOpen()) {
      channel.close();
    }
  }

  // What comes from the channel

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    this.ctx = context;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    try {
      if (message instanceof ByteBuf bytes) {
        loop.run(() -> onBytes(bytes));
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private void onBytes(ByteBuf bytes) {
    lastReadAt = loop.now();
    bytesIn += bytes.readableBytes();
    loop.counts().bytesIn.add(bytes.readableBytes());
    if (deaf) {
      return;
    }
    try {
      reader.read(bytes);
    } catch (ProtocolViolation violation) {
      deaf = true;
      if (state == State.OPEN) {
        listener.onViolation(violation.code(), violation.getMessage());
      }
    } catch (RuntimeException e) {
      log.error("socket_handler_failed remote={}", ctx.channel().remoteAddress(), e);
      close(CloseCode.INTERNAL_ERROR);
    }
  }

  @Override
  public void onMessage(boolean text, byte[] payload) {
    countIn();
    if (state == State.OPEN) {
      listener.onMessage(text, payload);
    }
  }

  @Override
  public void onPing(byte[] payload) {
    countIn();
    if (state == State.OPEN) {
      write(WebSocketWriter.frame(ctx.alloc(), WebSocketReader.OP_PONG, payload));
    }
  }

  @Override
  public void onPong() {
    countIn(); // lastReadAt has been moved already, and that is what the heartbeat looks at
  }

  @Override
  public void onClose(int code, String reason) {
    countIn();
    deaf = true;
    peerClosed = true;
    if (state == State.OPEN) {
      listener.onGoodbye(code);
    } else if (closeWritten) {
      ctx.close();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (isWritable()) {
      loop.run(listener::onWritable);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (state != State.CLOSED) {
      state = State.CLOSED;
      String reason = closeReason == null ? "connection lost" : closeReason;
      loop.counts().closed(closeCode);
      loop.run(() -> listener.onClosed(closeCode, reason));
    }
  }

  /** The peer's close_notify: over TLS, what its FIN is without. */
  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof SslCloseCompletionEvent) {
      closeChannel(context.channel());
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (!(cause instanceof IOException)) {
      log.error("socket_failed remote={}", context.channel().remoteAddress(), cause);
    }
    context.close();
  }
}
