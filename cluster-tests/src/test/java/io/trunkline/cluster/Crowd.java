package io.trunkline.cluster;

import io.trunkline.testing.Await;
import io.trunkline.testing.Confidential;
import io.trunkline.testing.TestPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;

/**
 * Thousands of clients, each with a session of its own, spread evenly over gateways. Plain sockets
 * on one thread, so that what is measured is the gateways. Their sessions are written by plain SQL,
 * for users {@code <name>-1} and so on.
 */
final class Crowd implements AutoCloseable {
  /** Handshakes under way at one moment: a crowd, not an attack. */
  private static final int AT_ONCE = 200;

  /** For each thousand, on a busy machine. */
  private static final Duration JOINED_WITHIN = Duration.ofSeconds(30);

  private static final String MAKE =
      """
      insert into trunkline.topic (name)
        select 'user:%1$s-' || n from generate_series(1, %3$d) n;
      insert into trunkline.session (hash, user_name, expires_at, cursor)
        select sha256(convert_to('%2$s-' || n, 'UTF8')), '%1$s-' || n, now() + interval '1 hour', 0
        from generate_series(1, %3$d) n
      """;

  private final List<CrowdMember> members = new ArrayList<>();
  private final List<Integer> ports;
  private final Selector selector;
  private final Thread thread;
  private volatile boolean closing;

  /** Those that have begun to connect; of the crowd's thread. */
  private int begun;

  private Crowd(List<Integer> ports, String idPrefix, int size) throws IOException {
    this.ports = ports;
    this.selector = Selector.open();
    IntStream.rangeClosed(1, size).forEach(n -> members.add(new CrowdMember(idPrefix + "-" + n)));
    thread = new Thread(this::run, "crowd");
    thread.setDaemon(true);
  }

  /**
   * Returns when all of them have their session.
   *
   * @param ports of gateways on this machine
   */
  static Crowd join(String name, int size, String databaseUrl, List<Integer> ports) {
    String idPrefix = UUID.randomUUID().toString();
    Confidential.keep(idPrefix);
    TestPostgres.execute(databaseUrl, MAKE.formatted(name, idPrefix, size));
    try {
      Crowd crowd = new Crowd(ports, idPrefix, size);
      crowd.thread.start();
      Await.until(
          () -> crowd.members.stream().allMatch(CrowdMember::hasJoined),
          JOINED_WITHIN.multipliedBy(1 + size / 1000),
          "all " + size + " have their session");
      return crowd;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  List<CrowdMember> members() {
    return members;
  }

  /** How many connections have ended, by whatever means. */
  long gone() {
    return members.stream().filter(CrowdMember::isGone).count();
  }

  @Override
  public void close() {
    closing = true;
    selector.wakeup();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      while (!closing) {
        connectSome();
        selector.select(key -> ((CrowdMember) key.attachment()).ready(key), 100);
      }
      for (SelectionKey key : selector.keys()) {
        key.channel().close();
      }
      selector.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void connectSome() throws IOException {
    long joined = members.subList(0, begun).stream().filter(CrowdMember::isDone).count();
    while (begun < members.size() && begun - joined < AT_ONCE) {
      SocketChannel channel = SocketChannel.open();
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_CONNECT, members.get(begun));
      int port = ports.get(begun % ports.size());
      channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      begun++;
    }
  }
}
