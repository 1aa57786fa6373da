package io.trunkline.session;

import io.trunkline.node.StartFailed;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Properties;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings the schema {@code trunkline} to what this version needs. */
final class Migrations {
  private static final Logger log = LoggerFactory.getLogger(Migrations.class);

  /** Databases and services are often started together; a database needs some seconds. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final long RETRY_MILLIS = 250;

  /** Seconds, as the driver wants it. */
  private static final String CONNECT_TIMEOUT = "5";

  /** Held while migrating: Flyway's own lock comes after it has made the schema. */
  private static final String TAKE_TURN =
      """
      select pg_advisory_lock(hashtextextended('trunkline.migrations', 0))
      """;

  /** Who owns the schema may, and where there is none who may make one. */
  private static final String MAY_CHANGE_SCHEMA =
      """
      select coalesce(
        (select pg_has_role(current_user, nspowner, 'USAGE')
         from pg_namespace where nspname = 'trunkline'),
        has_database_privilege(current_database(), 'CREATE'))
      """;

  private Migrations() {}

  /**
   * Blocks, so call it through {@code executeBlocking}; waits some seconds for a database that is
   * not up yet. Safe when several services start at once: one after another, and the later find
   * nothing to do.
   */
  static void migrate(String databaseUrl) {
    DatabaseUrl url = DatabaseUrl.parse(databaseUrl);
    try (Connection connection = connect(url);
        Statement statement = connection.createStatement()) {
      statement.execute(TAKE_TURN);
      if (mayChangeSchema(statement)) {
        int done = flyway(url).migrate().migrationsExecuted;
        log.info("schema_ready database={} migrations={}", url, done);
      } else {
        expectUpToDate(url);
      }
    } catch (SQLException e) {
      throw new StartFailed("no answer from the database at " + url + ": " + e.getMessage(), e);
    }
  }

  private static boolean mayChangeSchema(Statement statement) throws SQLException {
    try (ResultSet rows = statement.executeQuery(MAY_CHANGE_SCHEMA)) {
      rows.next();
      return rows.getBoolean(1);
    }
  }

  /** Somebody else migrates: {@code --migrate}, as the user who owns the schema. */
  private static void expectUpToDate(DatabaseUrl url) {
    int pending;
    try {
      pending = flyway(url).info().pending().length;
    } catch (FlywayException e) {
      throw new StartFailed(
          "the schema of the database at "
              + url
              + " cannot be read: its owner runs session-verticle.jar --migrate and grants what "
              + "docs/sessions.md says",
          e);
    }
    if (pending > 0) {
      throw new StartFailed(
          "the schema of the database at "
              + url
              + " lacks "
              + pending
              + " migrations that this user may not make: its owner runs session-verticle.jar "
              + "--migrate",
          null);
    }
    log.info("schema_ready database={} migrations=0 ddl=false", url);
  }

  private static Flyway flyway(DatabaseUrl url) {
    return Flyway.configure(Migrations.class.getClassLoader())
        .dataSource(url.jdbc(), url.user(), url.password())
        .schemas("trunkline")
        .locations("classpath:db/migration")
        .loggers(QuietFlywayLog.class.getName())
        .load();
  }

  private static Connection connect(DatabaseUrl url) throws SQLException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        return DriverManager.getConnection(url.jdbc(), properties(url));
      } catch (SQLException e) {
        if (System.nanoTime() > end || !mayPass(e)) {
          throw e;
        }
        log.debug("database_not_up_yet database={} error={}", url, e.getMessage());
        pause();
      }
    }
  }

  /** Not there, or starting; a wrong password or name will not get better. */
  private static boolean mayPass(SQLException e) {
    String state = e.getSQLState();
    return state == null || state.startsWith("08") || state.startsWith("57");
  }

  private static Properties properties(DatabaseUrl url) {
    Properties properties = new Properties();
    properties.setProperty("user", url.user());
    properties.setProperty("password", url.password());
    properties.setProperty("connectTimeout", CONNECT_TIMEOUT);
    properties.setProperty("loginTimeout", CONNECT_TIMEOUT);
    return properties;
  }

  private static void pause() {
    try {
      Thread.sleep(RETRY_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for the database", e);
    }
  }
}
