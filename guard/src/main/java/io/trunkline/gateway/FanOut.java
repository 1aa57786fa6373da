package io.trunkline.gateway;

import io.trunkline.guard.HotPath;
import io.trunkline.guard.Sample;
import io.trunkline.protocol.BusMessage.Delivery;

/**
 * A frame of an ephemeral channel, as the bus has brought it, to all who follow the channel on one
 * event loop. Followers of a durable one take the same way from {@link Follower} on.
 */
public final class FanOut implements HotPath {
  private static final int FOLLOWERS = 100;
  private static final String TOPIC = "channel:live.scores";

  private final Sockets sockets = new Sockets();

  /** Nothing here is followed by way of the bus or read from the log. */
  private final Hub hub = new Hub(sockets.loop(), null, null, null);

  private final TopicLine line = new TopicLine(TOPIC, hub);
  private final Delivery delivery = new Delivery(TOPIC, 0, Sample.delivered());
  private final Runnable offer = this::offer;

  public FanOut() {
    for (int i = 0; i < FOLLOWERS; i++) {
      line.addUnlogged(new Outlet(sockets.open()), 0).begin();
    }
  }

  /** As {@link Connection} is one. */
  private record Outlet(Socket socket) implements Follower.Outlet {
    @Override
    public boolean isOpen() {
      return socket.isOpen();
    }

    @Override
    public boolean isWritable() {
      return socket.isWritable();
    }

    @Override
    public boolean hasRoomFor(int bytes) {
      return socket.hasRoomFor(bytes);
    }

    @Override
    public void write(TextFrame frame) {
      socket.write(frame);
    }

    @Override
    public boolean isDrained() {
      return socket.isDrained();
    }

    @Override
    public String session() {
      return null;
    }
  }

  @Override
  public void run() {
    sockets.turn(offer);
  }

  private void offer() {
    line.offer(delivery);
  }

  @Override
  public void close() {
    sockets.close();
  }
}
