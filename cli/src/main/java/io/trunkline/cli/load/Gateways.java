package io.trunkline.cli.load;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.trunkline.cli.Exit;
import io.trunkline.cli.Failure;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;

/**
 * The gateways, which connections are dealt out to in turn, and the addresses that they come from:
 * a gateway limits the connections of one, and TCP has some 28,000 ports for each.
 */
final class Gateways {
  /** Fewer than a gateway takes from one address by default. */
  private static final int CONNECTIONS_OF_A_SOURCE = 900;

  /** One of them; {@code tls} is null where there is none. */
  record Gateway(InetSocketAddress address, SslContext tls) {}

  private final List<Gateway> gateways;
  private final String host;
  private final int sources;

  private Gateways(List<Gateway> gateways, String host, int sources) {
    this.gateways = gateways;
    this.host = host;
    this.sources = sources;
  }

  /**
   * Resolves them.
   *
   * @param sources how many of 127.0.0.1, 127.0.0.2 and so on to connect from; 0: as many as it
   *     takes, and none that is not this machine's
   * @param remote whether others than this machine may be loaded
   */
  static Gateways of(List<URI> urls, int connections, int sources, boolean remote) {
    List<Gateway> gateways = new ArrayList<>();
    boolean loopback = true;
    for (URI url : urls) {
      InetSocketAddress address = resolve(url);
      loopback &= address.getAddress().isLoopbackAddress();
      gateways.add(new Gateway(address, tls(url)));
    }
    if (!loopback && !remote) {
      throw new Failure(
          Exit.USAGE, "bench loads this machine alone; --remote if the cluster is yours to load");
    }
    int needed = (connections + CONNECTIONS_OF_A_SOURCE - 1) / CONNECTIONS_OF_A_SOURCE;
    boolean four = gateways.stream().allMatch(Gateways::isFour);
    int most = loopback && four ? (sources == 0 ? needed : sources) : 0;
    return new Gateways(gateways, urls.get(0).getAuthority(), most);
  }

  private static InetSocketAddress resolve(URI url) {
    boolean secure = url.getScheme().equals("wss");
    int port = url.getPort() >= 0 ? url.getPort() : secure ? 443 : 80;
    try {
      // IPv4 where there is both: it is where the source addresses are.
      InetAddress[] all = InetAddress.getAllByName(url.getHost().replaceAll("[\\[\\]]", ""));
      InetAddress best = all[0];
      for (InetAddress address : all) {
        if (address.getAddress().length == 4) {
          best = address;
          break;
        }
      }
      return new InetSocketAddress(best, port);
    } catch (UnknownHostException e) {
      throw new Failure(Exit.UNAVAILABLE, "cannot reach " + url + ": no such host");
    }
  }

  private static SslContext tls(URI url) {
    try {
      return url.getScheme().equals("wss") ? SslContextBuilder.forClient().build() : null;
    } catch (SSLException e) {
      throw new Failure(Exit.BROKEN, "no TLS here: " + e.getMessage());
    }
  }

  private static boolean isFour(Gateway gateway) {
    return gateway.address().getAddress().getAddress().length == 4;
  }

  Gateway of(int connection) {
    return gateways.get(connection % gateways.size());
  }

  String host() {
    return host;
  }

  int sources() {
    return sources;
  }

  /** Where connection {@code index} comes from; null: as the kernel chooses. */
  InetSocketAddress source(int index) {
    if (sources == 0) {
      return null;
    }
    // Not in step with the gateways, so that each has all of them.
    int number = index / gateways.size() % sources + 1;
    byte[] address = {127, (byte) (number >> 16), (byte) (number >> 8), (byte) number};
    try {
      return new InetSocketAddress(InetAddress.getByAddress(address), 0);
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }
}
