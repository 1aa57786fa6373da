package io.trunkline.session;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The background job: partitions for what comes, and an end to what is past its time. The longest
 * that anything is kept decides on a partition; what is kept for less long is deleted from it.
 * Takes no lock that a writer waits for, goes in small steps, and over a connection of its own. One
 * in the cluster at a time; a second one returns at once.
 */
final class Retention {
  private static final Logger log = LoggerFactory.getLogger(Retention.class);

  /** A partition holds this part of the retention, so at most that much is kept too long. */
  private static final int PARTS = 8;

  private static final int MAX_PERIOD_HOURS = 24;

  /** Partitions made ahead; the job may rest that long before an append finds none. */
  private static final int PERIODS_AHEAD = 3;

  /** Small enough that a step's locks and its log of changes bother nobody. */
  private static final int STEP_ROWS = 5_000;

  /** The next run goes on; a run shall not take forever. */
  private static final int MAX_STEPS = 200;

  /** A detach waits for readers that began before it; a longer one is tried again next time. */
  private static final long STATEMENT_MILLIS = 60_000;

  /** Only other schema changes are in our way. */
  private static final long LOCK_MILLIS = 1_000;

  /** A run that takes longer hangs. */
  private static final long RUN_MILLIS = 300_000;

  /** Whoever did not listen for this long asks for every session anyway. */
  private static final int ENDED_KEPT_HOURS = 24;

  private static final String TAKE_TURN =
      """
      select pg_try_advisory_lock(hashtextextended('trunkline.retention', 0))
      """;

  private static final String MAKE_PARTITIONS =
      """
      select trunkline.make_partitions($1::int * interval '1 hour', $2::int * interval '1 hour')
      """;

  private static final String ENDED_PARTITIONS =
      """
      select name, half_detached from trunkline.message_partition
      where ends_at <= now() - $1::int * interval '1 hour' or half_detached
      order by ends_at
      """;

  private static final String OWNS_LOG =
      """
      select pg_has_role(current_user, relowner, 'USAGE')
      from pg_class where oid = 'trunkline.message'::regclass
      """;

  private static final String DROP_AS_GUEST =
      """
      select name from trunkline.drop_partitions($1::int * interval '1 hour') name
      """;

  /** Detached by a run that ended before it dropped them. */
  private static final String LEFT_OVER =
      """
      select c.relname::text as name
      from pg_class c
      where c.relnamespace = 'trunkline'::regnamespace and c.relkind = 'r'
        and c.relname ~ '^message_[0-9]+$'
        and not exists (select from pg_inherits i where i.inhrelid = c.oid)
      """;

  private static final String FORGET_ACCEPTED =
      """
      delete from trunkline.accepted a
      using (
        select sender, id from trunkline.accepted
        where stored_at < now() - $1::int * interval '1 hour'
        order by stored_at limit $2
      ) o
      where a.sender = o.sender and a.id = o.id
      """;

  private static final String FORGET_SESSIONS =
      """
      delete from trunkline.session
      where hash in (
        select hash from trunkline.session
        where expires_at < now()
        order by expires_at limit $1
        for update skip locked
      )
      """;

  private static final String FORGET_ENDED =
      """
      delete from trunkline.ended
      where ctid = any (array(
        select ctid from trunkline.ended
        where at < now() - $1::int * interval '1 hour'
        order by at limit $2))
      """;

  private final Vertx vertx;
  private final Context context;
  private final StoreSettings settings;
  private final ChannelRetention channels;

  Retention(Vertx vertx, Context context, StoreSettings settings) {
    this.vertx = vertx;
    this.context = context;
    this.settings = settings;
    this.channels = new ChannelRetention(settings.channels(), settings.retentionHours());
  }

  Future<Void> run() {
    Promise<Void> done = Promise.promise();
    context.runOnContext(v -> open().compose(this::runOver).onComplete(done));
    return done.future();
  }

  private Future<Link> open() {
    return Link.open(vertx, context, Link.options(settings, STATEMENT_MILLIS, LOCK_MILLIS));
  }

  /** The turn ends with the connection. */
  private Future<Void> runOver(Link link) {
    return link.run(TAKE_TURN, Tuple.tuple())
        .compose(
            turn -> turn.iterator().next().getBoolean(0) ? work(link) : Future.succeededFuture())
        .timeout(RUN_MILLIS, TimeUnit.MILLISECONDS)
        .onFailure(failure -> log.warn("retention_failed error={}", failure.toString()))
        .onComplete(done -> link.cut());
  }

  private Future<Void> work(Link link) {
    int hours = settings.retentionHours();
    return makePartitions(link)
        .compose(v -> dropPartitions(link))
        .compose(v -> channels.run(link))
        .compose(v -> steps(() -> link.run(FORGET_ACCEPTED, Tuple.of(hours, STEP_ROWS)), 0))
        .compose(v -> steps(() -> link.run(FORGET_SESSIONS, Tuple.of(STEP_ROWS)), 0))
        .compose(
            v -> steps(() -> link.run(FORGET_ENDED, Tuple.of(ENDED_KEPT_HOURS, STEP_ROWS)), 0));
  }

  private Future<Void> makePartitions(Link link) {
    int period = periodHours(channels.longestHours());
    return link.run(MAKE_PARTITIONS, Tuple.of(period, period * PERIODS_AHEAD))
        .onSuccess(rows -> logMade(rows.iterator().next().getInteger(0)))
        .mapEmpty();
  }

  static int periodHours(int retentionHours) {
    return Math.max(1, Math.min(MAX_PERIOD_HOURS, retentionHours / PARTS));
  }

  private static void logMade(int made) {
    if (made > 0) {
      log.info("partitions_made count={}", made);
    }
  }

  private Future<Void> dropPartitions(Link link) {
    return link.run(OWNS_LOG, Tuple.tuple())
        .compose(
            owns -> owns.iterator().next().getBoolean(0) ? dropAsOwner(link) : dropAsGuest(link));
  }

  private Future<Void> dropAsOwner(Link link) {
    return link.run(ENDED_PARTITIONS, Tuple.of(channels.longestHours()))
        .compose(rows -> each(rows, row -> detach(link, row)))
        .compose(v -> link.run(LEFT_OVER, Tuple.tuple()))
        .compose(rows -> each(rows, row -> drop(link, row.getString(0))));
  }

  /** A user who does not own the table asks a function that does, and stops writers a moment. */
  private Future<Void> dropAsGuest(Link link) {
    return link.run(DROP_AS_GUEST, Tuple.of(channels.longestHours()))
        .onSuccess(
            rows -> rows.forEach(row -> log.info("partition_dropped name={}", row.getString(0))))
        .mapEmpty();
  }

  /** Names come from the catalogue and are of our making; a statement takes none as a value. */
  private static Future<Void> detach(Link link, Row row) {
    String how = row.getBoolean(1) ? " finalize" : " concurrently";
    return link.command(
        "alter table trunkline.message detach partition trunkline." + row.getString(0) + how);
  }

  private static Future<Void> drop(Link link, String name) {
    return link.command("drop table trunkline." + name)
        .onSuccess(v -> log.info("partition_dropped name={}", name));
  }

  private interface Step {
    Future<Void> of(Row row);
  }

  private static Future<Void> each(RowSet<Row> rows, Step step) {
    List<Row> all = new ArrayList<>();
    rows.forEach(all::add);
    Future<Void> done = Future.succeededFuture();
    for (Row row : all) {
      done = done.compose(v -> step.of(row));
    }
    return done;
  }

  /** Again until a step finds less than it could take. */
  private static Future<Void> steps(Supplier<Future<RowSet<Row>>> step, int taken) {
    return step.get()
        .compose(
            rows ->
                rows.rowCount() < STEP_ROWS || taken + 1 >= MAX_STEPS
                    ? Future.succeededFuture()
                    : steps(step, taken + 1));
  }
}
