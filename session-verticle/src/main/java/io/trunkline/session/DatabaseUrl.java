package io.trunkline.session;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;

/**
 * {@code postgresql://user:password@host:port/database}, taken apart once for both drivers. Its
 * failures never contain the URL: it holds a password.
 */
record DatabaseUrl(String host, int port, String database, String user, String password) {
  private static final int DEFAULT_PORT = 5432;
  private static final String EXPECTED = "expected postgresql://user:password@host:port/database";

  static DatabaseUrl parse(String url) {
    URI uri = uri(url);
    boolean ours = "postgresql".equals(uri.getScheme()) || "postgres".equals(uri.getScheme());
    String path = uri.getRawPath();
    if (!ours || uri.getHost() == null || path == null || path.length() < 2) {
      throw new IllegalArgumentException(EXPECTED);
    }
    String userInfo = uri.getRawUserInfo();
    if (userInfo == null || userInfo.isEmpty()) {
      throw new IllegalArgumentException(EXPECTED + ", without a user");
    }
    int colon = userInfo.indexOf(':');
    String user = colon < 0 ? userInfo : userInfo.substring(0, colon);
    String password = colon < 0 ? "" : userInfo.substring(colon + 1);
    return new DatabaseUrl(
        withoutBrackets(uri.getHost()),
        uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort(),
        decoded(path.substring(1)),
        decoded(user),
        decoded(password));
  }

  /** For the driver of the migrations; user and password travel beside it. */
  String jdbc() {
    String literal = host.indexOf(':') < 0 ? host : "[" + host + "]";
    String name = java.net.URLEncoder.encode(database, StandardCharsets.UTF_8).replace("+", "%20");
    return "jdbc:postgresql://" + literal + ":" + port + "/" + name;
  }

  @Override
  public String toString() {
    return host + ":" + port + "/" + database;
  }

  private static URI uri(String url) {
    try {
      return new URI(url);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(EXPECTED + ", with special characters as %xx");
    }
  }

  private static String withoutBrackets(String host) {
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  /** A plus is a plus here, unlike in forms. */
  private static String decoded(String part) {
    return URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
  }
}
