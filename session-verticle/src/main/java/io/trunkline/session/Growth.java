package io.trunkline.session;

import io.trunkline.protocol.BusMessage;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.List;

/**
 * Which topics have grown of late, told to one caller in the cluster each interval. Nothing that
 * was committed is left out, however long its commit took: a window begins where the oldest append
 * that was still running at the last one began. The cost is that of the traffic, not of the topics.
 */
final class Growth {
  /** A lost tail is to be noticed within 5 s: two intervals and a read. */
  static final long INTERVAL_MILLIS = 2_000;

  /** Windows overlap by this: what was told may have been lost on its way, or its teller died. */
  private static final long OVERLAP_MILLIS = 5_000;

  /** However long a transaction of ours hangs, no window is longer. */
  private static final long LONGEST_MILLIS = 600_000;

  /** No row: it is not yet time, or another has taken the turn. */
  private static final String TAKE_TURN =
      """
      with turn as (
        select covered_to from trunkline.sweep
        where told_at <= clock_timestamp() - $1::bigint * interval '1 ms'
        for update skip locked
      ), running as (
        select min(xact_start) as since from pg_stat_activity
        where application_name = 'trunkline' and datname = current_database()
          and pid <> pg_backend_pid()
      )
      update trunkline.sweep s
      set told_at = clock_timestamp(),
        covered_to = greatest(
          least(now(), running.since), now() - $2::bigint * interval '1 ms')
      from turn, running
      returning turn.covered_to
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
  private final long intervalMillis;
  private final long overlapMillis;

  Growth(Database database) {
    this(database, INTERVAL_MILLIS, OVERLAP_MILLIS);
  }

  Growth(Database database, long intervalMillis, long overlapMillis) {
    this.database = database;
    this.intervalMillis = intervalMillis;
    this.overlapMillis = overlapMillis;
  }

  /** Null when the turn is not the caller's. */
  Future<List<BusMessage.Head>> sinceLastTime() {
    return database
        .query(TAKE_TURN, Tuple.of(intervalMillis, LONGEST_MILLIS))
        .compose(
            turn ->
                turn.size() == 0
                    ? Future.succeededFuture(null)
                    : grownSince(turn.iterator().next().getOffsetDateTime(0)));
  }

  private Future<List<BusMessage.Head>> grownSince(OffsetDateTime begin) {
    return database.query(GROWN, Tuple.of(begin, overlapMillis)).map(LogStore::heads);
  }
}
