package io.trunkline.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;
import java.util.concurrent.CompletableFuture;

/**
 * A client that subscribes to a channel and then never reads again. Its packets are those of an
 * Ethernet and its buffer is small, or the kernel would hold megabytes for it that no network
 * would. One event loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what fails ends the channel, which is told of
final class StalledReader extends SimpleChannelInboundHandler<ByteBuf> {
  private static final int SEGMENT_BYTES = 1400;
  private static final int RECEIVE_BUFFER_BYTES = 4096;

  /** {@code IPPROTO_TCP} and {@code TCP_MAXSEG} of Linux. */
  private static final IntegerUnixChannelOption MAX_SEGMENT =
      new IntegerUnixChannelOption("TCP_MAXSEG", 6, 2);

  private final String session;
  private final String subscription;
  private final CompletableFuture<Channel> stalled = new CompletableFuture<>();
  private final StringBuilder heard = new StringBuilder();

  private StalledReader(String session, String subscription) {
    this.session = session;
    this.subscription = subscription;
  }

  /** Done when it is subscribed and has stopped reading. */
  static CompletableFuture<Channel> connect(
      EventLoopGroup loops, int port, String session, String subscription) {
    StalledReader reader = new StalledReader(session, subscription);
    new Bootstrap()
        .group(loops)
        .channel(EpollSocketChannel.class)
        .option(MAX_SEGMENT, SEGMENT_BYTES)
        .option(ChannelOption.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        .handler(reader)
        .connect("127.0.0.1", port)
        .addListener(
            connected -> {
              if (!connected.isSuccess()) {
                reader.stalled.completeExceptionally(connected.cause());
              }
            });
    return reader.stalled;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    String request =
        "GET /ws HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            + "Authorization: Bearer "
            + session
            + "\r\n\r\n";
    ctx.writeAndFlush(
        ctx.alloc().buffer().writeBytes(request.getBytes(ISO_8859_1)), ctx.voidPromise());
  }

  /** A short text frame, masked with zeros. */
  private static ByteBuf masked(ChannelHandlerContext ctx, String text) {
    byte[] bytes = text.getBytes(ISO_8859_1);
    ByteBuf frame = ctx.alloc().buffer().writeByte(0x81).writeByte(0x80 | bytes.length);
    return frame.writeInt(0).writeBytes(bytes);
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, ByteBuf bytes) {
    boolean upgraded = isUpgraded();
    heard.append(bytes.toString(ISO_8859_1));
    if (isUpgraded() && !upgraded) {
      ctx.writeAndFlush(masked(ctx, subscription), ctx.voidPromise());
    }
    if (heard.indexOf("\"type\":\"subscribed\"") >= 0) {
      ctx.channel().config().setAutoRead(false);
      stalled.complete(ctx.channel());
    }
  }

  private boolean isUpgraded() {
    return heard.indexOf("\r\n\r\n") >= 0;
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    stalled.completeExceptionally(new IllegalStateException("closed: " + heard));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }
}
