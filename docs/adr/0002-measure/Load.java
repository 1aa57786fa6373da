import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * WebSocket clients on one thread. {@code idle PORT COUNT}: connects, says so, and holds on until
 * its input ends. {@code echo PORT COUNT PID WARM_UP SECONDS}: each client sends 64 bytes of text,
 * waits for them to come back, and sends again; prints echoes a second and the CPU time that
 * process PID spent on each.
 */
public class Load {
  private static final int PAYLOAD = 64;
  private static final ByteBuffer FRAME = frame();

  private final Selector selector = Selector.open();
  private final ByteBuffer in = ByteBuffer.allocateDirect(64 * 1024);
  private final boolean echoes;
  private int upgraded;
  private long echoed;

  /** Bytes that are still to come before a client may send again; -1: the upgrade's answer. */
  private static final class Client {
    int owed = -1;
    int match;
  }

  private Load(boolean echoes) throws IOException {
    this.echoes = echoes;
  }

  public static void main(String[] args) throws Exception {
    int port = Integer.parseInt(args[1]);
    int count = Integer.parseInt(args[2]);
    Load load = new Load(args[0].equals("echo"));
    load.connect(port, count);
    if (args[0].equals("idle")) {
      System.out.println("connected " + load.upgraded);
      while (System.in.read() >= 0) {}
      return;
    }
    load.run(Duration.ofSeconds(Long.parseLong(args[4])));
    ProcessHandle server = ProcessHandle.of(Long.parseLong(args[3])).orElseThrow();
    Duration cpu = server.info().totalCpuDuration().orElseThrow();
    long echoed = load.echoed;
    long began = System.nanoTime();
    load.run(Duration.ofSeconds(Long.parseLong(args[5])));
    double seconds = (System.nanoTime() - began) / 1e9;
    cpu = server.info().totalCpuDuration().orElseThrow().minus(cpu);
    echoed = load.echoed - echoed;
    System.out.printf(
        "echoes_per_second %.0f cpu_us_per_echo %.2f%n",
        echoed / seconds, cpu.toNanos() / 1e3 / echoed);
  }

  /** At most a hundred handshakes at a time, and 10,000 clients from each source address. */
  private void connect(int port, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      SocketChannel channel = SocketChannel.open();
      channel.bind(new InetSocketAddress("127.0.0." + (1 + i / 10_000), 0));
      channel.connect(new InetSocketAddress("127.0.0.1", port));
      channel.write(handshake(port));
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_READ, new Client());
      while (i - upgraded > 100) {
        turn();
      }
    }
    while (upgraded < count) {
      turn();
    }
  }

  private void run(Duration time) throws IOException {
    long end = System.nanoTime() + time.toNanos();
    while (System.nanoTime() < end) {
      turn();
    }
  }

  private void turn() throws IOException {
    selector.select(key -> read(key), 100);
  }

  private void read(SelectionKey key) {
    try {
      SocketChannel channel = (SocketChannel) key.channel();
      Client client = (Client) key.attachment();
      in.clear();
      if (channel.read(in) < 0) {
        throw new IOException("closed by the server");
      }
      in.flip();
      if (client.owed < 0) {
        readUpgrade(client);
      } else if (in.get(0) == (byte) 0x81) {
        client.owed -= in.remaining();
      }
      if (client.owed == 0 && echoes) {
        echoed++;
        channel.write(FRAME.duplicate());
        client.owed = PAYLOAD + 2;
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private void readUpgrade(Client client) {
    while (in.hasRemaining()) {
      byte b = in.get();
      client.match = b == (client.match % 2 == 0 ? '\r' : '\n') ? client.match + 1 : 0;
      if (client.match == 4) {
        client.owed = 0;
        upgraded++;
      }
    }
  }

  private static ByteBuffer handshake(int port) {
    String request =
        "GET /echo HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\nUpgrade: websocket\r\n"
            + "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    return ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII));
  }

  /** Masked with zeros, as any key will do. */
  private static ByteBuffer frame() {
    ByteBuffer frame = ByteBuffer.allocateDirect(6 + PAYLOAD);
    frame.put((byte) 0x81).put((byte) (0x80 | PAYLOAD)).putInt(0);
    while (frame.hasRemaining()) {
      frame.put((byte) 'x');
    }
    return frame.flip();
  }
}
