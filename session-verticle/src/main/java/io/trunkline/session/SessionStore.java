package io.trunkline.session;

import io.trunkline.protocol.BusMessage;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * Sessions in Postgres. An id is 256 random bits that only the client has; the store knows its
 * SHA-256. A user is known from the first session on, by its inbox. Look-ups that wait together are
 * one query.
 */
final class SessionStore {
  private static final int ID_BYTES = 32;

  private static final SecureRandom RANDOM = new SecureRandom();

  /** As many as a query finds at the lowest price each. */
  private static final int MAX_BATCH = 64;

  private static final int MAX_BATCHES = 2;

  /** A storm of reconnecting clients; they come again when refused. */
  private static final int MAX_WAITING = 20_000;

  /** A new session begins at the furthest cursor of the user's others, live or gone. */
  private static final String CREATE =
      """
      with made as (
        insert into trunkline.topic (name) values ('user:' || $2::text)
        on conflict (name) do nothing
      )
      insert into trunkline.session (hash, user_name, life, expires_at, cursor)
      values ($1, $2, $3::bigint * interval '1 second', now() + $3::bigint * interval '1 second', greatest(
        coalesce((select read_to from trunkline.topic where name = 'user:' || $2::text), 0),
        coalesce((select max(cursor) from trunkline.session where user_name = $2), 0)))
      returning trunkline.millis(expires_at)
      """;

  /** What a session is, with what its inbox holds; the log is looked into only if there is more. */
  private static final String SHOWN =
      """
      s.hash, s.user_name, trunkline.millis(s.expires_at) as expires_at, s.permissions, s.cursor,
      coalesce(t.head, 0) as head,
      case when t.head > s.cursor then coalesce((
        select m."offset" from trunkline.message m
        where m.topic_id = t.id and m."offset" > s.cursor order by m."offset" limit 1), 0)
      else 0 end as first_after,
      s.confirms
      """;

  private static final String FIND =
      """
      select %s
      from trunkline.session s
      left join trunkline.topic t on t.name = 'user:' || s.user_name
      where s.hash = any ($1) and s.expires_at > now()
      """
          .formatted(SHOWN);

  private static final String RENEW =
      """
      with s as (
        update trunkline.session
        set expires_at = greatest(expires_at, now() + life)
        where hash = $1 and expires_at > now()
        returning *
      )
      select %s
      from s
      left join trunkline.topic t on t.name = 'user:' || s.user_name
      """
          .formatted(SHOWN);

  private static final String DELETE =
      """
      delete from trunkline.session where hash = $1
      """;

  private static final String CHECK =
      """
      select hash, trunkline.millis(expires_at)
      from trunkline.session
      where hash = any ($1) and expires_at > now()
      """;

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
  private final StoreSettings settings;
  private final Batcher<String, Session> lookUps;

  SessionStore(Vertx vertx, Database database, StoreSettings settings) {
    this.database = database;
    this.settings = settings;
    this.lookUps =
        new Batcher<>(
            vertx,
            database.context(),
            new Batcher.Limits(MAX_BATCH, MAX_BATCH, MAX_BATCHES, MAX_WAITING, MAX_WAITING),
            hash -> 1,
            this::findAll);
  }

  /** {@code ttlSeconds} 0 means the default. */
  Future<CreatedSession> create(String user, long ttlSeconds) {
    String id = newId();
    long ttl = ttlSeconds == 0 ? settings.sessionTtlSeconds() : ttlSeconds;
    return database
        .query(CREATE, Tuple.of(bytes(hash(id)), user, ttl))
        .map(rows -> new CreatedSession(id, user, rows.iterator().next().getLong(0)))
        .recover(Database::refused);
  }

  /** Null where the id is unknown, deleted or past its time: nobody is told which. */
  Future<Session> find(String id) {
    return lookUps.add(hash(id));
  }

  /** The session with its time extended; null where it is gone. */
  Future<Session> renew(String hash) {
    return database
        .query(RENEW, Tuple.of(bytes(hash)))
        .map(rows -> rows.size() == 0 ? null : session(rows.iterator().next()))
        .recover(Database::refused);
  }

  /** Whether there was one. */
  Future<Boolean> delete(String hash) {
    return database
        .query(DELETE, Tuple.of(bytes(hash)))
        .map(rows -> rows.rowCount() > 0)
        .recover(Database::refused);
  }

  /** Expiry of each, in the same order, epoch milliseconds; 0 for one that has ended. */
  Future<List<Long>> check(List<String> hashes) {
    return database
        .query(CHECK, Tuple.of((Object) all(hashes)))
        .map(rows -> expiries(hashes, rows))
        .recover(Database::refused);
  }

  /** Forward only, and never beyond the head of the inbox; sessions that are gone don't matter. */
  Future<Void> moveCursors(List<BusMessage.Cursor> cursors) {
    if (cursors.isEmpty()) {
      return Future.succeededFuture();
    }
    Buffer[] hashes = all(cursors.stream().map(BusMessage.Cursor::session).toList());
    Long[] offsets = cursors.stream().map(BusMessage.Cursor::offset).toArray(Long[]::new);
    return moveCursors(Tuple.of(hashes, (Object) offsets)).recover(Database::refused);
  }

  /** The clients of these sessions move their cursors themselves from now on. */
  Future<Void> confirm(List<String> hashes) {
    return hashes.isEmpty()
        ? Future.succeededFuture()
        : database
            .query(CONFIRM, Tuple.of((Object) all(hashes)))
            .recover(Database::refused)
            .mapEmpty();
  }

  /** The SHA-256 of a session id, in hex. */
  static String hash(String id) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(sha256.digest(id.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** Somebody's plain SQL may hold the same rows in another order: once more, then. */
  private Future<Void> moveCursors(Tuple arguments) {
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

  private Future<List<Future<Session>>> findAll(List<String> hashes) {
    return database
        .query(FIND, Tuple.of((Object) all(hashes)))
        .map(rows -> inOrder(hashes, rows))
        .recover(Database::refused);
  }

  private static List<Future<Session>> inOrder(List<String> hashes, RowSet<Row> rows) {
    Map<String, Session> found = new HashMap<>();
    for (Row row : rows) {
      Session session = session(row);
      found.put(session.hash(), session);
    }
    return hashes.stream().map(found::get).map(Future::succeededFuture).toList();
  }

  private static List<Long> expiries(List<String> hashes, RowSet<Row> rows) {
    Map<String, Long> found = new HashMap<>();
    for (Row row : rows) {
      found.put(hex(row.getBuffer(0)), row.getLong(1));
    }
    return hashes.stream().map(hash -> found.getOrDefault(hash, 0L)).toList();
  }

  private static Session session(Row row) {
    return new Session(
        hex(row.getBuffer(0)),
        row.getString(1),
        row.getLong(2),
        List.of(row.getArrayOfStrings(3)),
        row.getLong(4),
        row.getLong(5),
        row.getLong(6),
        row.getBoolean(7));
  }

  private static String newId() {
    byte[] bits = new byte[ID_BYTES];
    RANDOM.nextBytes(bits);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bits);
  }

  private static Buffer[] all(List<String> hashes) {
    return hashes.stream().map(SessionStore::bytes).toArray(Buffer[]::new);
  }

  private static Buffer bytes(String hex) {
    return Buffer.buffer(HexFormat.of().parseHex(hex));
  }

  private static String hex(Buffer bytes) {
    return HexFormat.of().formatHex(bytes.getBytes());
  }
}
