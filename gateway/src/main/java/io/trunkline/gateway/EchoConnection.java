package io.trunkline.gateway;

import io.trunkline.protocol.CloseCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client on {@code /echo}: every message comes back as it was. No session, no bus. Confined to
 * its event loop.
 */
final class EchoConnection extends Wheel.Entry implements Socket.Listener {
  private static final Logger log = LoggerFactory.getLogger(EchoConnection.class);

  private final Instance instance;
  private final Socket socket;
  private final String address;
  private final Heartbeat heartbeat;

  /** Milliseconds of the loop's clock. */
  private final long openedAt;

  EchoConnection(Instance instance, Socket socket, String address) {
    this.instance = instance;
    this.socket = socket;
    this.address = address;
    this.heartbeat = new Heartbeat(socket, instance.settings(), instance.loop().now());
    this.openedAt = instance.loop().now();
    socket.listen(this);
  }

  void open() {
    instance.opened(this);
    wake(instance.loop().now());
  }

  long unsentBytes() {
    return socket.unsentBytes();
  }

  Socket socket() {
    return socket;
  }

  @Override
  void wake(long now) {
    long due = heartbeat.beat(now);
    if (socket.isOpen()) {
      instance.loop().wheel().schedule(this, due);
    }
  }

  @Override
  public void onMessage(boolean text, byte[] payload) {
    socket.writeMessage(text, payload);
  }

  @Override
  public void onViolation(CloseCode code, String reason) {
    socket.close(code.code(), reason);
  }

  @Override
  public void onGoodbye(int code) {
    socket.answerClose(code);
  }

  @Override
  public void onWritable() {
    // an echo waits for nothing
  }

  @Override
  public void onClosed(int code, String reason) {
    Traffic traffic = socket.traffic();
    log.info(
        "echo_closed code={} reason=\"{}\" seconds={} "
            + "frames_in={} frames_out={} bytes_in={} bytes_out={}",
        code,
        Connection.shown(reason),
        (instance.loop().now() - openedAt) / 1000.0,
        traffic.framesIn(),
        traffic.framesOut(),
        traffic.bytesIn(),
        traffic.bytesOut());
    instance.loop().wheel().cancel(this);
    instance.closed(this, address);
  }
}
