package io.trunkline.testing;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DedicatedPostgresTest {
  /** So long does a frozen server get to answer; a sound one takes a thousandth of it. */
  private static final int FROZEN_MILLIS = 300;

  @Test
  void crashedServerComesBackOnTheSamePort() throws SQLException {
    try (DedicatedPostgres server = DedicatedPostgres.start()) {
      TestPostgres.execute(server.url(), "create table kept (id int)");
      server.stopImmediately();
      assertThatThrownBy(() -> TestPostgres.execute(server.url(), "select 1"))
          .isInstanceOf(IllegalStateException.class);
      server.startAgain();
      TestPostgres.execute(server.url(), "insert into kept values (1)");
    }
  }

  @Test
  void pausedServerKeepsConnectionsAndIsSilent() throws SQLException {
    try (DedicatedPostgres server = DedicatedPostgres.start();
        Connection connection = TestPostgres.connect(server.url());
        Statement statement = connection.createStatement()) {
      server.pause();
      connection.setNetworkTimeout(Runnable::run, FROZEN_MILLIS);
      assertThatThrownBy(() -> statement.execute("select 1")).isInstanceOf(SQLException.class);
      server.resume();
      TestPostgres.execute(server.url(), "select 1");
    }
  }

  @Test
  void pausedServerCanBeClosed() {
    DedicatedPostgres server = DedicatedPostgres.start();
    server.pause();
    server.close();
    assertThatThrownBy(() -> TestPostgres.execute(server.url(), "select 1"))
        .isInstanceOf(IllegalStateException.class);
  }
}
