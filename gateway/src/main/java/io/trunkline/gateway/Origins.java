package io.trunkline.gateway;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which pages may open a WebSocket (RFC 6455, section 10.2). A browser sends cookies along with any
 * page's handshake, so a page of another origin is refused unless it is listed. Programs send no
 * Origin and pass.
 */
final class Origins {
  private final boolean any;
  private final Set<String> allowed;

  Origins(List<String> allowed) {
    this.any = allowed.contains("*");
    this.allowed =
        allowed.stream().map(origin -> origin.toLowerCase(Locale.ROOT)).collect(Collectors.toSet());
  }

  /**
   * Checks one handshake.
   *
   * @param origin the Origin header, or null
   * @param host the Host header, or null
   */
  boolean allows(String origin, String host) {
    if (origin == null || any) {
      return true;
    }
    String lower = origin.toLowerCase(Locale.ROOT);
    return allowed.contains(lower)
        || (host != null && sameHost(lower, host.toLowerCase(Locale.ROOT)));
  }

  private static boolean sameHost(String origin, String host) {
    try {
      URI uri = URI.create(origin);
      if (uri.getHost() == null) {
        return false;
      }
      int standard = "https".equals(uri.getScheme()) ? 443 : 80;
      int port = uri.getPort() == -1 ? standard : uri.getPort();
      String authority = uri.getHost() + ":" + port;
      return authority.equals(host) || authority.equals(host + ":" + standard);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
