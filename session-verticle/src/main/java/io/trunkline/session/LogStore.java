package io.trunkline.session;

import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.ErrorCode;
import io.trunkline.protocol.Frames;
import io.trunkline.protocol.Refusal;
import io.trunkline.protocol.Topics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Topics: ordered logs in Postgres. Offsets of a topic are 1, 2, 3... in the order of commits,
 * whatever services append at once; what has an id is stored once. Appends that wait together are
 * one transaction. Knows nothing of who follows a topic.
 */
final class LogStore {
  /** As many as the database takes at the lowest price each; about 1 ms of locks. */
  private static final int MAX_BATCH = 256;

  private static final int MAX_BATCH_BYTES = 1 << 20;

  /** One is executed while another's commit reaches the disk. */
  private static final int MAX_BATCHES = 2;

  /**
   * A batch costs Postgres as much as ten entries before it has any, so a further one does not go
   * for a few; these wait for the one that is on its way, some milliseconds.
   */
  private static final int MIN_FURTHER = 32;

  /** What a busy second brings; then refusing is better than storing late. */
  private static final int MAX_WAITING = 8_192;

  private static final int MAX_WAITING_BYTES = 16 << 20;

  /** A batch that lost against another in the database is sent again; twice in a row is rare. */
  private static final int MAX_ATTEMPTS = 3;

  private static final String APPEND =
      """
      select status, place, at from trunkline.append($1, $2, $3, $4, $5)
      """;

  /** The head of the same moment beside each entry, and alone where there is none. */
  private static final String READ =
      """
      select t.head, m."offset", m.stored, trunkline.millis(m.stored_at) as at
      from trunkline.topic t
      left join lateral (
        select p.*,
          sum(octet_length(p.stored)) over (order by p."offset" rows unbounded preceding) as bytes
        from (
          select "offset", stored, stored_at
          from trunkline.message
          where topic_id = t.id and "offset" > $2
          order by "offset"
          limit $3
        ) p
      ) m on m.bytes - octet_length(m.stored) < $4
      where t.name = $1
      order by m."offset"
      """;

  private static final String PLACE =
      """
      select t.head,
        case when t.head > $2 then coalesce((
          select m."offset" from trunkline.message m
          where m.topic_id = t.id and m."offset" > $2 order by m."offset" limit 1), 0)
        else 0 end as first_after
      from trunkline.topic t
      where t.name = $1
      """;

  private static final String HEADS =
      """
      select name, head from trunkline.topic where name = any ($1)
      """;

  static final Batcher.Limits LIMITS =
      new Batcher.Limits(
          MAX_BATCH, MAX_BATCH_BYTES, MAX_BATCHES, MIN_FURTHER, MAX_WAITING, MAX_WAITING_BYTES);

  private final Database database;
  private final Growth growth;
  private final Conversations conversations;
  private final Retention retention;
  private final Batcher<Entry, Appended> appends;

  LogStore(Vertx vertx, Database database, StoreSettings settings) {
    this(vertx, database, settings, LIMITS);
  }

  LogStore(Vertx vertx, Database database, StoreSettings settings, Batcher.Limits limits) {
    this.database = database;
    this.growth = new Growth(database);
    this.conversations = new Conversations(database);
    this.retention = new Retention(vertx, database.context(), settings);
    this.appends =
        new Batcher<>(
            vertx,
            database.context(),
            limits,
            entry -> entry.stored().length,
            entries -> appendAll(entries, 1));
  }

  /**
   * Completes after the commit. Fails with a {@link Refusal}: the topic must exist and does not, or
   * the entry cannot be stored, or {@code unavailable}: then it may have been stored all the same.
   */
  Future<Appended> append(Entry entry) {
    return appends.add(entry);
  }

  /**
   * Entries after {@code after} as complete client frames, in order: at most {@code limit}, and no
   * more once {@code maxBytes} are reached, but always one where there is one. The first may be far
   * behind {@code after}: what is between is no longer kept.
   */
  Future<BusMessage.LogPage> read(String topic, long after, int limit, int maxBytes) {
    return database
        .query(READ, Tuple.of(topic, after, (long) limit, (long) maxBytes))
        .map(rows -> page(topic, rows))
        .recover(Database::refused);
  }

  /** See {@link Conversations#page}. */
  Future<Conversation> conversation(
      String me, String other, Conversation.Position after, int limit, int maxBytes) {
    return conversations.page(me, other, after, limit, maxBytes);
  }

  /** Where a reader stands that has read up to {@code after}. */
  Future<Place> place(String topic, long after) {
    return database
        .query(PLACE, Tuple.of(topic, after))
        .map(rows -> rows.size() == 0 ? new Place(0, 0) : place(rows.iterator().next()))
        .recover(Database::refused);
  }

  /** How far these topics reach; those that do not exist are left out. */
  Future<List<BusMessage.Head>> heads(List<String> topics) {
    return database
        .query(HEADS, Tuple.of(topics.toArray(String[]::new)))
        .map(LogStore::heads)
        .recover(Database::refused);
  }

  /**
   * Topics that have grown since this was asked last, each with its head; some are told more than
   * once.
   */
  Future<List<BusMessage.Head>> grownLately() {
    return growth.sinceLastTime().recover(Database::refused);
  }

  /**
   * The background job: makes coming partitions, drops what is past its time. To be called every
   * few minutes; one caller in the cluster works at a time, the others return at once.
   */
  Future<Void> retain() {
    return retention.run();
  }

  private Future<List<Future<Appended>>> appendAll(List<Entry> entries, int attempt) {
    database.meters().appended(entries.size());
    BitSet sent = new BitSet(entries.size());
    return database
        .query(APPEND, () -> arguments(wanted(entries, sent)))
        .map(rows -> outcomes(entries, sent, rows))
        .recover(failure -> appendAgain(entries, attempt, failure));
  }

  /** Those for whose answer somebody still waits, now that their turn has come. */
  private static List<Entry> wanted(List<Entry> entries, BitSet sent) {
    for (int i = 0; i < entries.size(); i++) {
      sent.set(i, entries.get(i).isWanted());
    }
    if (sent.isEmpty()) {
      throw tooLate();
    }
    return sent.stream().mapToObj(entries::get).toList();
  }

  private static Refusal tooLate() {
    return Refusal.unavailable("the database is too slow now");
  }

  /** Nothing of the batch was stored: perhaps the next time, or by halves. */
  private Future<List<Future<Appended>>> appendAgain(
      List<Entry> entries, int attempt, Throwable failure) {
    if (!(failure instanceof PgException e)) {
      return Future.failedFuture(failure);
    }
    if (e.getSqlState().startsWith("40") && attempt < MAX_ATTEMPTS) {
      return appendAll(entries, attempt + 1);
    }
    if (isPartitionMissing(e)) {
      return retention.run().compose(made -> Database.refused(unavailable()));
    }
    if (!Database.isDataError(e)) {
      return Database.refused(e);
    }
    return entries.size() > 1 ? appendHalves(entries) : Future.succeededFuture(List.of(refused(e)));
  }

  /** Finds the one that cannot be stored; the others are. */
  private Future<List<Future<Appended>>> appendHalves(List<Entry> entries) {
    int half = entries.size() / 2;
    return appendAll(entries.subList(0, half), 1)
        .compose(
            first ->
                appendAll(entries.subList(half, entries.size()), 1)
                    .map(second -> Stream.concat(first.stream(), second.stream()).toList()));
  }

  private static Future<Appended> refused(PgException e) {
    return Database.refused(e);
  }

  private static Refusal unavailable() {
    return Refusal.unavailable("the database is not ready for messages");
  }

  /** The clock has jumped, or the background job has rested for long. */
  private static boolean isPartitionMissing(PgException e) {
    return "23514".equals(e.getSqlState()) && e.getConstraint() == null;
  }

  private static Tuple arguments(List<Entry> entries) {
    int size = entries.size();
    String[] topics = new String[size];
    Boolean[] mustExist = new Boolean[size];
    String[] senders = new String[size];
    Buffer[] ids = new Buffer[size];
    Buffer[] stored = new Buffer[size];
    for (int i = 0; i < size; i++) {
      Entry entry = entries.get(i);
      topics[i] = entry.topic();
      mustExist[i] = entry.mustExist();
      senders[i] = entry.sender();
      ids[i] = entry.id() == null ? null : Buffer.buffer(entry.idBytes());
      stored[i] = Buffer.buffer(entry.stored());
    }
    return Tuple.of(topics, mustExist, senders, ids, stored);
  }

  /** One row for each that was sent. */
  private static List<Future<Appended>> outcomes(
      List<Entry> entries, BitSet sent, RowSet<Row> rows) {
    List<Future<Appended>> outcomes = new ArrayList<>(entries.size());
    Iterator<Row> answers = rows.iterator();
    for (int i = 0; i < entries.size(); i++) {
      outcomes.add(
          sent.get(i) ? outcome(entries.get(i), answers.next()) : Future.failedFuture(tooLate()));
    }
    return outcomes;
  }

  private static Future<Appended> outcome(Entry entry, Row row) {
    String status = row.getString(0);
    return switch (status) {
      case "stored" -> Future.succeededFuture(new Appended(row.getLong(1), row.getLong(2), false));
      case "repeat" -> Future.succeededFuture(new Appended(row.getLong(1), row.getLong(2), true));
      default -> Future.failedFuture(unknown(entry.topic()));
    };
  }

  private static Refusal unknown(String topic) {
    return Topics.isUser(topic)
        ? new Refusal(ErrorCode.UNKNOWN_RECEIVER, "there is no such receiver")
        : new Refusal(ErrorCode.UNKNOWN_CHANNEL, "there is no such channel");
  }

  private static BusMessage.LogPage page(String topic, RowSet<Row> rows) {
    List<BusMessage.Delivery> entries = new ArrayList<>(rows.size());
    long head = 0;
    for (Row row : rows) {
      head = row.getLong(0);
      if (row.getValue(1) != null) {
        entries.add(delivery(topic, row));
      }
    }
    return new BusMessage.LogPage(entries, head);
  }

  private static BusMessage.Delivery delivery(String topic, Row row) {
    long offset = row.getLong(1);
    byte[] frame = Frames.stored(row.getBuffer(2).getBytes(), offset, row.getLong(3));
    return new BusMessage.Delivery(topic, offset, frame);
  }

  static List<BusMessage.Head> heads(RowSet<Row> rows) {
    List<BusMessage.Head> heads = new ArrayList<>(rows.size());
    for (Row row : rows) {
      heads.add(new BusMessage.Head(row.getString(0), row.getLong(1)));
    }
    return heads;
  }

  private static Place place(Row row) {
    return new Place(row.getLong(0), row.getLong(1));
  }
}
