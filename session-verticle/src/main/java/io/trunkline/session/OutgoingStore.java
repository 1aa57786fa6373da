package io.trunkline.session;

import io.trunkline.protocol.BusMessage.PostMessage;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What applications have sent by {@code trunkline.send} and nobody has taken so far. */
final class OutgoingStore {
  /** With what stands beside the messages it fits one batch of the log. */
  private static final int MAX_BYTES = 512 * 1024;

  static final int MAX_MESSAGES = 256;

  private static final String WAITING =
      """
      select seq, receiver, channel, sender, id, message from (
        select o.*, sum(octet_length(o.message)) over (order by o.seq) as bytes
        from (
          select * from trunkline.outgoing
          where at <= clock_timestamp() - $1::bigint * interval '1 millisecond'
          order by seq limit $2
        ) o
      ) w
      where bytes - octet_length(message) < $3
      order by seq
      """;

  private static final String TAKE =
      """
      delete from trunkline.outgoing where seq = any ($1) returning seq
      """;

  private final Database database;

  /** A message, and its place in the order in which they were sent. */
  record Outgoing(long seq, PostMessage message) {}

  OutgoingStore(Database database) {
    this.database = database;
  }

  /** The first of those that have waited for {@code millis}, in their order. */
  Future<List<Outgoing>> waiting(long millis) {
    return database
        .query(WAITING, Tuple.of(millis, (long) MAX_MESSAGES, (long) MAX_BYTES))
        .map(OutgoingStore::all)
        .recover(Database::refused);
  }

  /** Deletes these; those that nobody else had deleted before. */
  Future<Set<Long>> take(List<Long> seqs) {
    return database
        .query(TAKE, Tuple.of(seqs.toArray(Long[]::new)))
        .map(OutgoingStore::seqs)
        .recover(Database::refused);
  }

  private static List<Outgoing> all(RowSet<Row> rows) {
    List<Outgoing> all = new ArrayList<>(rows.size());
    for (Row row : rows) {
      all.add(
          new Outgoing(
              row.getLong(0),
              new PostMessage(
                  row.getString(1),
                  row.getString(2),
                  row.getString(3),
                  row.getString(4),
                  row.getString(5).getBytes(StandardCharsets.UTF_8))));
    }
    return all;
  }

  private static Set<Long> seqs(RowSet<Row> rows) {
    Set<Long> seqs = new HashSet<>();
    rows.forEach(row -> seqs.add(row.getLong(0)));
    return seqs;
  }
}
