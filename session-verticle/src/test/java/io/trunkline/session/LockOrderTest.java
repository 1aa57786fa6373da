package io.trunkline.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Await;
import io.trunkline.testing.TestPostgres;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Two batches want the same locks, named in opposite orders, while a third transaction holds the
 * one in the middle. If each took the locks in the order of its entries, both would get their
 * first, wait for the middle one, and then for each other.
 */
class LockOrderTest {
  private static final String STORED = "stored";

  /** Committed meanwhile by the other batch: the session service tries again. */
  private static final String AGAIN = "40001";

  private static final int ENTRIES = 40;
  private static final int MIDDLE = ENTRIES / 2;

  private String url;

  @BeforeEach
  void database() {
    url = TestPostgres.freshDatabase();
    Migrations.migrate(url);
  }

  @Test
  void topicsThatAreThereAreLockedInOneOrder() throws SQLException {
    try (Connection connection = TestPostgres.connect(url)) {
      // Ids, names and places in the table in different orders.
      List<String> shuffled = topics();
      Collections.shuffle(shuffled, new Random(7));
      append(connection, shuffled, Collections.nCopies(ENTRIES, null));
    }
    String middle = topics().get(MIDDLE);
    assertThat(
            race(
                "select from trunkline.topic where name = '" + middle + "' for update",
                topics(),
                reversed(topics()),
                Collections.nCopies(ENTRIES, null),
                Collections.nCopies(ENTRIES, null)))
        .containsExactly(STORED, STORED);
  }

  @Test
  void newTopicsAreMadeInOneOrder() {
    String middle = topics().get(MIDDLE);
    assertThat(
            race(
                "insert into trunkline.topic (name) values ('" + middle + "')",
                topics(),
                reversed(topics()),
                Collections.nCopies(ENTRIES, null),
                Collections.nCopies(ENTRIES, null)))
        .containsExactly(STORED, STORED);
  }

  /** The same ids to another receiver: the topic's lock keeps nobody apart. */
  @Test
  void idsAreTakenInOneOrder() throws SQLException {
    List<String> one = Collections.nCopies(ENTRIES, "user:one");
    List<String> other = Collections.nCopies(ENTRIES, "user:other");
    try (Connection connection = TestPostgres.connect(url)) {
      append(connection, List.of("user:one", "user:other"), Collections.nCopies(2, null));
    }
    assertThat(
            race(
                "insert into trunkline.accepted (sender, id, topic_id, \"offset\", stored_at) "
                    + "values ('alice', '"
                    + ids().get(MIDDLE)
                    + "', 1, 1, now())",
                one,
                other,
                ids(),
                reversed(ids())))
        .containsExactlyInAnyOrder(STORED, AGAIN);
  }

  /** What became of two batches: {@link #STORED}, or the SQLSTATE of a failure. */
  private List<String> race(
      String holdMiddle,
      List<String> topics,
      List<String> otherTopics,
      List<String> ids,
      List<String> otherIds) {
    try (Connection holder = TestPostgres.connect(url);
        Statement statement = holder.createStatement()) {
      holder.setAutoCommit(false);
      statement.execute(holdMiddle);
      CompletableFuture<String> first = appending(topics, ids);
      CompletableFuture<String> second = appending(otherTopics, otherIds);
      Await.until(() -> waiting() == 2, "both wait for a lock");
      holder.rollback();
      return List.of(first.join(), second.join());
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private long waiting() {
    return StoreQueries.number(
        url,
        "select count(*) from pg_stat_activity where datname = current_database()"
            + " and wait_event_type = 'Lock'");
  }

  private CompletableFuture<String> appending(List<String> topics, List<String> ids) {
    return CompletableFuture.supplyAsync(
        () -> {
          try (Connection connection = TestPostgres.connect(url)) {
            append(connection, topics, ids);
            return STORED;
          } catch (SQLException e) {
            return e.getSQLState();
          }
        });
  }

  private static void append(Connection connection, List<String> topics, List<String> ids)
      throws SQLException {
    String sql = "select trunkline.append(?, ?, ?, ?, ?)";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      int count = topics.size();
      Object[] frames =
          Collections.nCopies(count, "{".getBytes(StandardCharsets.UTF_8)).toArray(byte[][]::new);
      Object[] accepted = ids.stream().map(LockOrderTest::bytes).toArray(byte[][]::new);
      statement.setArray(1, connection.createArrayOf("text", topics.toArray()));
      statement.setArray(
          2, connection.createArrayOf("boolean", Collections.nCopies(count, false).toArray()));
      statement.setArray(
          3, connection.createArrayOf("text", Collections.nCopies(count, "alice").toArray()));
      statement.setArray(4, connection.createArrayOf("bytea", accepted));
      statement.setArray(5, connection.createArrayOf("bytea", frames));
      statement.execute();
    }
  }

  private static byte[] bytes(String id) {
    return id == null ? null : id.getBytes(StandardCharsets.UTF_8);
  }

  private static List<String> topics() {
    return named("user:");
  }

  private static List<String> ids() {
    return named("id-");
  }

  private static List<String> named(String prefix) {
    return new ArrayList<>(IntStream.range(0, ENTRIES).mapToObj(i -> prefix + (100 + i)).toList());
  }

  private static List<String> reversed(List<String> names) {
    Collections.reverse(names);
    return names;
  }
}
