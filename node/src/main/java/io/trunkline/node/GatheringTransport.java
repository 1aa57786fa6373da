package io.trunkline.node;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.vertx.core.transport.Transport;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/**
 * The transport of a node: epoll where there is one, and connections to other processes that gather
 * what one turn of their event loop writes. Vert.x flushes each message of the bus by itself, a
 * system call and a wake-up of the other side each; here what is written while a loop works through
 * its events leaves at the end of them. Nothing waits for a clock.
 *
 * <p>Connections that come in are not touched: the gateway's sockets gather by {@code Loop}.
 */
final class GatheringTransport implements Transport {
  /** What one turn may gather, so that much of it begins to flow before its end. */
  private static final int MOST_FLUSHES = 64;

  private final Transport transport;
  private final io.vertx.core.spi.transport.Transport implementation;

  private GatheringTransport(Transport transport) {
    this.transport = transport;
    this.implementation = gathering(transport.implementation());
  }

  static Transport create() {
    Transport natively = Transport.nativeTransport();
    return new GatheringTransport(
        natively != null && natively.available() ? natively : Transport.NIO);
  }

  @Override
  public String name() {
    return transport.name();
  }

  @Override
  public boolean available() {
    return transport.available();
  }

  @Override
  public Throwable unavailabilityCause() {
    return transport.unavailabilityCause();
  }

  @Override
  public io.vertx.core.spi.transport.Transport implementation() {
    return implementation;
  }

  /** All of {@code plain}, but for the factory of channels that connect. */
  private static io.vertx.core.spi.transport.Transport gathering(
      io.vertx.core.spi.transport.Transport plain) {
    InvocationHandler handler =
        (proxy, method, arguments) -> {
          try {
            Object result = method.invoke(plain, arguments);
            return method.getName().equals("channelFactory")
                ? gathering((ChannelFactory<?>) result)
                : result;
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
        };
    Class<?> type = io.vertx.core.spi.transport.Transport.class;
    return (io.vertx.core.spi.transport.Transport)
        Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler);
  }

  private static ChannelFactory<Channel> gathering(ChannelFactory<?> factory) {
    return () -> {
      Channel channel = factory.newChannel();
      channel.pipeline().addFirst(new FlushConsolidationHandler(MOST_FLUSHES, true));
      return channel;
    };
  }
}
