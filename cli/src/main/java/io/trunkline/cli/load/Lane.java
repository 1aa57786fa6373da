package io.trunkline.cli.load;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.trunkline.cli.Reason;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.InetSocketAddress;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** One event loop, its connections, and what it measures. Everything here is on that loop. */
final class Lane {
  private static final int CONNECT_MILLIS = 10_000;

  /** A connection's output that nobody takes; more is not sent, and counted. */
  private static final int MOST_UNSENT_BYTES = 256 * 1024;

  private static final int READ_BYTES = 8 * 1024;

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  final EventLoop loop;
  final Counts counts;
  final Latencies latencies;
  private final Bootstrap bootstrap;
  private final Gateways gateways;
  private final List<Wire> dirty = new ArrayList<>();
  private byte[] scratch = new byte[4096];
  private long random = System.nanoTime() | 1;

  Lane(
      EventLoop loop,
      Class<? extends Channel> channels,
      Gateways gateways,
      Counts counts,
      Latencies latencies) {
    this.loop = loop;
    this.gateways = gateways;
    this.counts = counts;
    this.latencies = latencies;
    this.bootstrap =
        new Bootstrap()
            .group(loop)
            .channel(channels)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.SO_REUSEADDR, true)
            .option(
                ChannelOption.WRITE_BUFFER_WATER_MARK,
                new io.netty.channel.WriteBufferWaterMark(MOST_UNSENT_BYTES / 2, MOST_UNSENT_BYTES))
            .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(READ_BYTES));
  }

  /**
   * Opens connection {@code index} of the run, from its source address.
   *
   * @param turn which gateway: they are dealt out in turn
   */
  Wire connect(int index, int turn, Wire.Owner owner, String path, String session) {
    Wire wire = new Wire(this, owner, path, session);
    Gateways.Gateway gateway = gateways.of(turn);
    Bootstrap own = bootstrap.clone().handler(initializer(gateway, wire));
    InetSocketAddress from = gateways.source(index);
    ChannelFuture connecting =
        from == null ? own.connect(gateway.address()) : own.connect(gateway.address(), from);
    connecting.addListener(
        done -> {
          if (!done.isSuccess()) {
            wire.failed(done.cause());
          }
        });
    return wire;
  }

  private static ChannelInitializer<Channel> initializer(Gateways.Gateway gateway, Wire wire) {
    SslContext tls = gateway.tls();
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel channel) {
        if (tls != null) {
          InetSocketAddress to = gateway.address();
          channel
              .pipeline()
              .addLast(tls.newHandler(channel.alloc(), to.getHostString(), to.getPort()));
        }
        channel.pipeline().addLast(wire);
      }
    };
  }

  /** For the Host header; any name does where all gateways are one site. */
  String host() {
    return gateways.host();
  }

  String reason(Throwable cause) {
    // Netty names both addresses, of which there are thousands.
    return Reason.of(cause).replaceAll(": [^ ]*/[0-9a-fA-F.:]+$", "");
  }

  void dirty(Wire wire) {
    if (!wire.dirty) {
      wire.dirty = true;
      dirty.add(wire);
    }
  }

  /** Everything that was written on this lane leaves. */
  void flush() {
    for (int i = 0; i < dirty.size(); i++) {
      dirty.get(i).flush();
    }
    dirty.clear();
  }

  void after(long nanos, Runnable work) {
    Future<?> unused = loop.schedule(work, nanos, TimeUnit.NANOSECONDS);
  }

  /** A whole frame under a mask of its own, as a client must send it. */
  ByteBuf masked(ByteBufAllocator allocator, int first, byte[] payload, int length) {
    int mask = nextMask();
    if (scratch.length < length + 8) {
      scratch = new byte[2 * length + 8];
    }
    long wide = (long) mask << 32 | (mask & 0xffffffffL);
    int i = 0;
    for (; i + 8 <= length; i += 8) {
      LONGS.set(scratch, i, (long) LONGS.get(payload, i) ^ wide);
    }
    for (; i < length; i++) {
      scratch[i] = (byte) (payload[i] ^ (byte) (mask >>> (8 * (3 - (i & 3)))));
    }
    ByteBuf out = allocator.ioBuffer(length + 14);
    out.writeByte(first);
    if (length < 126) {
      out.writeByte(0x80 | length);
    } else if (length < 65536) {
      out.writeByte(0x80 | 126).writeShort(length);
    } else {
      out.writeByte(0x80 | 127).writeLong(length);
    }
    return out.writeInt(mask).writeBytes(scratch, 0, length);
  }

  /** Xorshift64*; nobody's secret depends on it here. */
  private int nextMask() {
    random ^= random >>> 12;
    random ^= random << 25;
    random ^= random >>> 27;
    return (int) ((random * 2685821657736338717L) >>> 32);
  }
}
