package io.trunkline.testing;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;

/** An embedded Postgres of one's own. */
public final class DedicatedPostgres implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(30);

  private final EmbeddedPostgres server;

  private DedicatedPostgres(EmbeddedPostgres server) {
    this.server = server;
  }

  public static DedicatedPostgres start() {
    try {
      return new DedicatedPostgres(
          EmbeddedPostgres.builder()
              .setServerConfig("fsync", "on")
              .setServerConfig("synchronous_commit", "on")
              .setServerConfig("full_page_writes", "on")
              .setServerConfig("max_connections", "200")
              .setPGStartupWait(START)
              .start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public String url() {
    return "postgresql://postgres:postgres@127.0.0.1:" + server.getPort() + "/postgres";
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
