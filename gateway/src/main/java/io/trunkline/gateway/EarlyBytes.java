package io.trunkline.gateway;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.HttpServerConnection;

/**
 * Notices what a client sends between its handshake and the answer to it, which it must wait for
 * (RFC 6455, section 4.1), and throws it away: HTTP's decoder may have taken a part of it for
 * another request, so nobody can say what it was. Without this handler Vert.x would drop the bytes
 * and never release them. On the connection's event loop.
 */
final class EarlyBytes extends ChannelInboundHandlerAdapter {
  /** What to close with. */
  static final String REASON = "data before the answer to the handshake";

  private static final String NAME = "early-bytes";

  private final ChannelHandlerContext http;
  private boolean found;

  private EarlyBytes(ChannelHandlerContext http) {
    this.http = http;
  }

  /** From the head of {@code request} on, until {@link #end}. */
  static EarlyBytes watch(HttpServerRequest request) {
    HttpServerConnection connection = (HttpServerConnection) request.connection();
    ChannelHandlerContext http = connection.channelHandlerContext();
    EarlyBytes early = new EarlyBytes(http);
    if (!http.isRemoved()) {
      http.pipeline().addBefore(http.name(), NAME, early);
    }
    return early;
  }

  /** Whether anything came. */
  boolean found() {
    return found;
  }

  void end() {
    if (http.pipeline().context(this) != null) {
      http.pipeline().remove(this);
    }
  }

  /** The end of the request itself may pass. */
  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    found |= message instanceof ByteBuf || message instanceof HttpRequest;
    if (found) {
      ReferenceCountUtil.release(message);
    } else {
      context.fireChannelRead(message);
    }
  }
}
