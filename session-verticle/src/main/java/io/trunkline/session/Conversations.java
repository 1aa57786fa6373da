package io.trunkline.session;

import io.trunkline.protocol.Frames;
import io.trunkline.protocol.Topics;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;

/** What two users have written to each other, out of both inboxes, page by page. */
final class Conversations {
  /**
   * Two inboxes, each in its own order, merged by time. A clock that was set back does not change
   * the order within an inbox: no offset is passed over. One row more than asked for tells that
   * there is more, as does one that no longer fits, whose bytes stay where they are.
   */
  private static final String PAGE =
      """
      select p.mine, p."offset", trunkline.millis(p.stored_at) as at,
        case when p.bytes - octet_length(p.stored) < $7 then p.stored end as stored
      from (
        select u.*,
          sum(octet_length(u.stored)) over (
            order by u.not_before, u.mine, u."offset" rows unbounded preceding) as bytes
        from (
          select b.*,
            max(b.stored_at) over (
              partition by b.mine order by b."offset" rows unbounded preceding) as not_before
          from (
            (select true as mine, m."offset", m.stored, m.stored_at
            from trunkline.message m
            where m.topic_id = (select id from trunkline.topic where name = $1)
              and m.sender = $2 and m."offset" > $3
            order by m."offset"
            limit $6 + 1)
            union all
            (select false, m."offset", m.stored, m.stored_at
            from trunkline.message m
            where m.topic_id = (select id from trunkline.topic where name = $4 and name <> $1)
              and m.sender = $8 and m."offset" > $5
            order by m."offset"
            limit $6 + 1)
          ) b
        ) u
        order by u.not_before, u.mine, u."offset"
        limit $6 + 1
      ) p
      order by p.not_before, p.mine, p."offset"
      """;

  private final Database database;

  Conversations(Database database) {
    this.database = database;
  }

  /**
   * What {@code me} and {@code other} have written to each other after {@code after}, as complete
   * client frames: at most {@code limit}, and no more once {@code maxBytes} are reached, but always
   * one where there is one.
   */
  Future<Conversation> page(
      String me, String other, Conversation.Position after, int limit, int maxBytes) {
    Tuple arguments =
        Tuple.of(
            Topics.user(me), other, after.mine(), Topics.user(other), after.theirs(), (long) limit);
    return database
        .query(PAGE, arguments.addLong((long) maxBytes).addString(me))
        .map(rows -> page(rows, after, limit))
        .recover(Database::refused);
  }

  private static Conversation page(RowSet<Row> rows, Conversation.Position after, int limit) {
    List<byte[]> frames = new ArrayList<>(rows.size());
    long mine = after.mine();
    long theirs = after.theirs();
    for (Row row : rows) {
      Buffer stored = row.getBuffer(3);
      if (stored == null || frames.size() == limit) {
        break;
      }
      long offset = row.getLong(1);
      frames.add(Frames.stored(stored.getBytes(), offset, row.getLong(2)));
      mine = row.getBoolean(0) ? offset : mine;
      theirs = row.getBoolean(0) ? theirs : offset;
    }
    return new Conversation(
        frames, new Conversation.Position(mine, theirs), frames.size() < rows.size());
  }
}
