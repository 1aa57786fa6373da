package io.trunkline.testing;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Postgres for tests, started once for each JVM when it is first asked for: the server that
 * {@code TRUNKLINE_TEST_DATABASE_URL} names, else a container where a Docker engine answers, else
 * an embedded one. The log says which. It is as durable as a real one, and nothing of it is left
 * when the JVM has ended.
 *
 * <p>Tests that stop or freeze a server take a {@link DedicatedPostgres} instead.
 */
public final class TestPostgres {
  private static final Logger log = LoggerFactory.getLogger(TestPostgres.class);

  /** Databases that this JVM made and has to drop at its end. */
  private static final Queue<String> created = new ConcurrentLinkedQueue<>();

  private TestPostgres() {}

  /** The URL, {@code postgresql://user:password@host:port/db}, of a new, empty database. */
  public static String freshDatabase() {
    String name = "test_" + UUID.randomUUID().toString().replace("-", "");
    execute(Started.SERVER.url(), "create database " + name);
    created.add(name);
    return Started.SERVER.url().withDatabase(name).toString();
  }

  /** Runs one statement on the database at {@code url}, as {@code freshDatabase} gave it. */
  public static void execute(String url, String sql) {
    execute(DatabaseUrl.parse(url), sql);
  }

  static void execute(DatabaseUrl url, String sql) {
    try (Connection connection = connect(url);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(
          "no answer from the test database at " + url.host() + ":" + url.port(), e);
    }
  }

  /** A plain JDBC connection, for looking into the database from outside of the code under test. */
  public static Connection connect(String url) throws SQLException {
    return connect(DatabaseUrl.parse(url));
  }

  private static Connection connect(DatabaseUrl url) throws SQLException {
    return DriverManager.getConnection(url.jdbc(), url.user(), url.password());
  }

  /** The server, begun by the first use of this class. */
  private static final class Started {
    static final Server SERVER = start();
  }

  /** A running server, by the URL of a database from which others can be made. */
  private record Server(String kind, DatabaseUrl url) {}

  private static Server start() {
    Server server = choose();
    log.info(
        "test_postgres kind={} host={} port={}",
        server.kind(),
        server.url().host(),
        server.url().port());
    if (server.kind().equals("given")) {
      Runtime.getRuntime().addShutdownHook(new Thread(() -> dropCreated(server)));
    }
    return server;
  }

  private static Server choose() {
    String given = System.getenv("TRUNKLINE_TEST_DATABASE_URL");
    if (given != null && !given.isBlank()) {
      return new Server("given", DatabaseUrl.parse(given));
    }
    if (DockerEngine.answers()) {
      try {
        return new Server("container", PostgresImage.start());
      } catch (RuntimeException e) {
        log.warn("test_container_failed error={}", e.toString());
      }
    }
    return new Server("embedded", DatabaseUrl.parse(DedicatedPostgres.start().url()));
  }

  private static void dropCreated(Server server) {
    for (String name : created) {
      try {
        execute(server.url(), "drop database if exists " + name + " with (force)");
      } catch (IllegalStateException e) {
        log.warn("test_database_left name={} error={}", name, e.toString());
      }
    }
  }
}
