package io.trunkline.session;

import io.trunkline.protocol.BusMessage;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.List;

/**
 * Which topics have grown since the last question. Nothing that was committed is left out, however
 * long its commit took: a window begins where the oldest append that was still running at the last
 * question began. The cost is that of the traffic, not of the topics.
 *
 * <p>Each session service asks for itself. Who was told by another one, and whether that one could
 * reach him, nobody knows while the network between nodes is broken.
 */
final class Growth {
  /** Windows overlap by this: what was told may have been lost on its way. */
  private static final long OVERLAP_MILLIS = 5_000;

  /** However long a transaction of ours hangs, no window is longer. */
  private static final long LONGEST_MILLIS = 600_000;

  /** Everything that was stored before is there to be read, or too old to be waited for. */
  private static final String COMPLETE_TO =
      """
      select greatest(least(now(), min(xact_start)), now() - $1::bigint * interval '1 ms')
      from pg_stat_activity
      where application_name = 'trunkline' and datname = current_database()
        and pid <> pg_backend_pid()
      """;

  private static final String GROWN =
      """
      select t.name, t.head
      from (
        select distinct topic_id from trunkline.message
        where stored_at >= $1::timestamptz - $2::bigint * interval '1 ms'
      ) m
      join trunkline.topic t on t.id = m.topic_id
      """;

  private final Database database;
  private final long overlapMillis;

  /** Where the next window begins; null before the first question. */
  private OffsetDateTime toldTo;

  Growth(Database database) {
    this(database, OVERLAP_MILLIS);
  }

  Growth(Database database, long overlapMillis) {
    this.database = database;
    this.overlapMillis = overlapMillis;
  }

  /**
   * The first time what is new by then: who follows something compares it with the log when a
   * service is new to him. Where it fails the next window is the longer. One question at a time.
   */
  Future<List<BusMessage.Head>> sinceLastTime() {
    return database
        .query(COMPLETE_TO, Tuple.of(LONGEST_MILLIS))
        .map(rows -> rows.iterator().next().getOffsetDateTime(0))
        .compose(completeTo -> grownSince(toldTo == null ? completeTo : toldTo, completeTo));
  }

  private Future<List<BusMessage.Head>> grownSince(OffsetDateTime begin, OffsetDateTime end) {
    return database
        .query(GROWN, Tuple.of(begin, overlapMillis))
        .map(LogStore::heads)
        .onSuccess(told -> toldTo = end);
  }
}
