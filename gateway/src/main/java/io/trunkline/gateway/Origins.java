package io.trunkline.gateway;

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

  /** Both in lower case; a port that is the scheme's own may stand in either or be left out. */
  private static boolean sameHost(String origin, String host) {
    return sameHost(origin, "http://", ":80", host) || sameHost(origin, "https://", ":443", host);
  }

  private static boolean sameHost(String origin, String scheme, String port, String host) {
    return origin.startsWith(scheme)
        && without(port, origin.substring(scheme.length())).equals(without(port, host));
  }

  private static String without(String port, String host) {
    return host.endsWith(port) ? host.substring(0, host.length() - port.length()) : host;
  }
}
