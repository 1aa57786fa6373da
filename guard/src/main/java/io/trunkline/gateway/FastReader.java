package io.trunkline.gateway;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;

/** A channel whose peer has read everything at once. */
final class FastReader extends EmbeddedChannel {
  FastReader(Socket socket) {
    config().setAllocator(PooledByteBufAllocator.DEFAULT);
    pipeline().addLast(socket);
  }

  @Override
  protected void handleOutboundMessage(Object message) {
    ReferenceCountUtil.release(message);
  }
}
