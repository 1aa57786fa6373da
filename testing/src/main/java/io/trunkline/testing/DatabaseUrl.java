package io.trunkline.testing;

import java.net.URI;

/** {@code postgresql://user:password@host:port/database}, taken apart. Never logged whole. */
record DatabaseUrl(String user, String password, String host, int port, String database) {
  private static final int DEFAULT_PORT = 5432;

  static DatabaseUrl parse(String url) {
    URI uri = URI.create(url);
    String userInfo = uri.getUserInfo();
    if (userInfo == null || uri.getHost() == null || uri.getPath().length() < 2) {
      throw new IllegalArgumentException("expected postgresql://user:password@host:port/database");
    }
    int colon = userInfo.indexOf(':');
    return new DatabaseUrl(
        colon < 0 ? userInfo : userInfo.substring(0, colon),
        colon < 0 ? "" : userInfo.substring(colon + 1),
        uri.getHost(),
        uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort(),
        uri.getPath().substring(1));
  }

  DatabaseUrl withDatabase(String name) {
    return new DatabaseUrl(user, password, host, port, name);
  }

  String jdbc() {
    return "jdbc:postgresql://" + host + ":" + port + "/" + database;
  }

  /** As a setting; with the password, so not for logs. */
  @Override
  public String toString() {
    try {
      return new URI("postgresql", user + ":" + password, host, port, "/" + database, null, null)
          .toASCIIString();
    } catch (java.net.URISyntaxException e) {
      throw new IllegalStateException("no URL can be made for " + host + ":" + port, e);
    }
  }
}
