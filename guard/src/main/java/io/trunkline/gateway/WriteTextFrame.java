package io.trunkline.gateway;

import io.trunkline.guard.HotPath;
import io.trunkline.guard.Sample;

/** An answer on its way to one client. */
public final class WriteTextFrame implements HotPath {
  private final Sockets sockets = new Sockets();
  private final Socket socket = sockets.open();
  private final byte[] payload = Sample.ack();
  private final Runnable write = this::write;

  @Override
  public void run() {
    sockets.turn(write);
  }

  private void write() {
    socket.writeText(payload);
  }

  @Override
  public void close() {
    sockets.close();
  }
}
