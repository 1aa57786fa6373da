package io.trunkline.session;

import io.trunkline.protocol.BusMessage;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Tuple;
import java.util.List;

/** How far sessions have read their users' inboxes, in Postgres. */
final class CursorStore {
  /** Rows are locked in one order; a cursor that would not move is not written. */
  private static final String CONFIRM =
      """
      update trunkline.session set confirms = true where hash = any ($1) and not confirms
      """;

  private static final String MOVE_CURSORS =
      """
      with moved as (
        select s.hash, least(max(c.place), t.head) as place
        from unnest($1::bytea[], $2::bigint[]) c (hash, place)
        join trunkline.session s on s.hash = c.hash
        join trunkline.topic t on t.name = 'user:' || s.user_name
        group by s.hash, s.cursor, t.head
        having least(max(c.place), t.head) > s.cursor
      ), locked as (
        select s.hash, m.place
        from trunkline.session s
        join moved m on m.hash = s.hash
        order by s.hash
        for no key update of s
      )
      update trunkline.session s
      set cursor = greatest(s.cursor, l.place)
      from locked l
      where s.hash = l.hash
      """;

  private final Database database;

  CursorStore(Database database) {
    this.database = database;
  }

  /** Forward only, and never beyond the head of the inbox; sessions that are gone don't matter. */
  Future<Void> move(List<BusMessage.Cursor> cursors) {
    if (cursors.isEmpty()) {
      return Future.succeededFuture();
    }
    Buffer[] hashes = SessionHash.all(cursors.stream().map(BusMessage.Cursor::session).toList());
    Long[] offsets = cursors.stream().map(BusMessage.Cursor::offset).toArray(Long[]::new);
    return move(Tuple.of(hashes, (Object) offsets)).recover(Database::refused);
  }

  /** The clients of these sessions move their cursors themselves from now on. */
  Future<Void> confirm(List<String> hashes) {
    return hashes.isEmpty()
        ? Future.succeededFuture()
        : database
            .query(CONFIRM, Tuple.of((Object) SessionHash.all(hashes)))
            .recover(Database::refused)
            .mapEmpty();
  }

  /** Somebody's plain SQL may hold the same rows in another order: once more, then. */
  private Future<Void> move(Tuple arguments) {
    return database
        .query(MOVE_CURSORS, arguments)
        .recover(
            failure ->
                isDeadlock(failure)
                    ? database.query(MOVE_CURSORS, arguments)
                    : Future.failedFuture(failure))
        .mapEmpty();
  }

  private static boolean isDeadlock(Throwable failure) {
    return failure instanceof PgException e && e.getSqlState().equals("40P01");
  }
}
