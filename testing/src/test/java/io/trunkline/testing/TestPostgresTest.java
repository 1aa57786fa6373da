package io.trunkline.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;

class TestPostgresTest {
  @Test
  void databasesAreNewAndApart() throws SQLException {
    String one = TestPostgres.freshDatabase();
    String other = TestPostgres.freshDatabase();
    assertThat(one).startsWith("postgresql://").isNotEqualTo(other);
    TestPostgres.execute(one, "create table only_here (id int)");
    TestPostgres.execute(other, "create table only_here (id int)");
  }

  @Test
  void whatIsCommittedIsOnDisk() throws SQLException {
    String url = TestPostgres.freshDatabase();
    assertThat(setting(url, "fsync")).isEqualTo("on");
    assertThat(setting(url, "synchronous_commit")).isEqualTo("on");
    assertThat(setting(url, "full_page_writes")).isEqualTo("on");
    assertThat(Integer.parseInt(setting(url, "max_connections"))).isGreaterThanOrEqualTo(100);
  }

  private static String setting(String url, String name) throws SQLException {
    try (Connection connection = TestPostgres.connect(url);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("show " + name)) {
      rows.next();
      return rows.getString(1);
    }
  }
}
