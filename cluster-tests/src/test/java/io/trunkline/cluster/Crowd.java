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
 * for users {@code <name>-1} and so on. They come from many addresses of this machine, 127.0.0.2
 * and so on, and stay away once they are gone, unless told to come back.
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

  /** Addresses that they come from: none has more ports than this needs, nor too many clients. */
  private static final int ADDRESSES = 20;

  private final List<CrowdMember> members = new ArrayList<>();
  private final List<Integer> ports;

  /** Null where whoever is gone stays away. */
  private final Returns returns;

  private final Selector selector;
  private final Thread thread;
  private volatile boolean closing;

  /** Those that have begun to connect; of the crowd's thread. */
  private int begun;

  private Crowd(List<Integer> ports, int first, String idPrefix, int size, boolean returning)
      throws IOException {
    this.ports = ports;
    this.returns = returning ? new Returns(ports.size()) : null;
    this.selector = Selector.open();
    IntStream.rangeClosed(1, size)
        .forEach(n -> members.add(new CrowdMember(idPrefix + "-" + n, n, n % first)));
    thread = new Thread(this::run, "crowd");
    thread.setDaemon(true);
  }

  /**
   * Returns when all of them have their session.
   *
   * @param ports of gateways on this machine
   */
  static Crowd join(String name, int size, String databaseUrl, List<Integer> ports) {
    return join(name, size, databaseUrl, ports, ports.size(), false);
  }

  /**
   * As above; whoever is sent away comes back to another gateway, as the protocol says when.
   *
   * @param first so many of the gateways are where they are at first
   */
  static Crowd joinToStay(
      String name, int size, String databaseUrl, List<Integer> ports, int first) {
    return join(name, size, databaseUrl, ports, first, true);
  }

  private static Crowd join(
      String name,
      int size,
      String databaseUrl,
      List<Integer> ports,
      int first,
      boolean returning) {
    String idPrefix = UUID.randomUUID().toString();
    Confidential.keep(idPrefix);
    TestPostgres.execute(databaseUrl, MAKE.formatted(name, idPrefix, size));
    try {
      Crowd crowd = new Crowd(ports, first, idPrefix, size, returning);
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

  /** How many have their session now. */
  long present() {
    return members.stream().filter(member -> member.isIn()).count();
  }

  /** Who came back and when; of a crowd that stays. */
  Returns returns() {
    return returns;
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
        selector.select(this::ready, returns == null ? 100 : 5);
        comeBack();
      }
      for (SelectionKey key : selector.keys()) {
        key.channel().close();
      }
      selector.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void ready(SelectionKey key) {
    CrowdMember member = (CrowdMember) key.attachment();
    member.ready(key);
    if (returns != null && member.isGone()) {
      returns.gone(member);
    }
  }

  private void connectSome() throws IOException {
    if (begun == members.size()) {
      return;
    }
    long joined = members.subList(0, begun).stream().filter(CrowdMember::isDone).count();
    while (begun < members.size() && begun - joined < AT_ONCE) {
      connect(members.get(begun));
      begun++;
    }
  }

  private void comeBack() throws IOException {
    if (returns != null) {
      for (CrowdMember member = returns.next(); member != null; member = returns.next()) {
        connect(member);
      }
    }
  }

  private void connect(CrowdMember member) throws IOException {
    SocketChannel channel = SocketChannel.open();
    channel.configureBlocking(false);
    byte[] local = {127, 0, 0, (byte) (2 + member.number() % ADDRESSES)};
    channel.bind(new InetSocketAddress(InetAddress.getByAddress(local), 0));
    channel.register(selector, SelectionKey.OP_CONNECT, member);
    int port = ports.get(member.at());
    channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
  }
}
