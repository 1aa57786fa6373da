package io.trunkline.session;

import io.trunkline.protocol.BusMessage.UserInfo;
import io.trunkline.protocol.BusMessage.UserSession;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;

/** What there is of one user in Postgres, for those who look after users. Reads only. */
final class UserStore {
  /** Sessions that are shown; the count is never cut. */
  static final int MAX_SESSIONS = 100;

  /** At least one row: of a user without a session it has no hash, of an unknown one no head. */
  private static final String SHOW =
      """
      with inbox as (
        select id, head from trunkline.topic where name = 'user:' || $1::text
      )
      select
        (select head from inbox) as head,
        count(s.hash) over () as sessions,
        s.hash, trunkline.millis(s.created_at), trunkline.millis(s.expires_at), s.cursor,
        coalesce((
          select i.head - m."offset" + 1
          from inbox i
          join trunkline.message m on m.topic_id = i.id and m."offset" > s.cursor
          order by m."offset"
          limit 1), 0) as unread,
        s.outside
      from (select $1::text as user_name) u
      left join trunkline.session s on s.user_name = u.user_name and s.expires_at > now()
      order by s.created_at desc, s.hash
      limit $2::int
      """;

  private final Database database;

  UserStore(Database database) {
    this.database = database;
  }

  /** As of now, with the newest sessions first. */
  Future<UserInfo> show(String user, List<String> gateways) {
    return database
        .query(SHOW, Tuple.of(user, MAX_SESSIONS))
        .map(rows -> info(rows, gateways))
        .recover(Database::refused);
  }

  private static UserInfo info(RowSet<Row> rows, List<String> gateways) {
    Row first = rows.iterator().next();
    Long head = first.getLong(0);
    List<UserSession> newest = new ArrayList<>();
    for (Row row : rows) {
      if (row.getBuffer(2) != null) {
        newest.add(session(row));
      }
    }
    return new UserInfo(
        head != null, head == null ? 0 : head, gateways, first.getInteger(1), newest);
  }

  private static UserSession session(Row row) {
    return new UserSession(
        SessionHash.hex(row.getBuffer(2)),
        row.getLong(3),
        row.getLong(4),
        row.getLong(5),
        row.getLong(6),
        row.getBoolean(7));
  }
}
