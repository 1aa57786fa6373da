package io.trunkline.session;

import io.trunkline.protocol.BusMessage.SessionOwner;
import io.trunkline.protocol.Refusal;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Sessions in Postgres. An id is 256 random bits that only the client has; the store knows its
 * SHA-256. A user is known from the first session on, by its inbox. Look-ups that wait together are
 * one query.
 */
final class SessionStore implements Sessions {
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
      insert into trunkline.session (hash, user_name, life, expires_at, cursor, permissions)
      values ($1, $2, $3::bigint * interval '1 second', now() + $3::bigint * interval '1 second', greatest(
        coalesce((select read_to from trunkline.topic where name = 'user:' || $2::text), 0),
        coalesce((select max(cursor) from trunkline.session where user_name = $2), 0)), $4::text[])
      returning trunkline.millis(expires_at)
      """;

  /** What a session is, with what its inbox holds; the log is looked into only if there is more. */
  static final String SHOWN =
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
      where s.hash = any ($1) and s.expires_at > now() and not s.outside
      """
          .formatted(SHOWN);

  private static final String RENEW =
      """
      with s as (
        update trunkline.session
        set expires_at = greatest(expires_at, now() + life)
        where hash = $1 and expires_at > now() and not outside
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

  private static final String DELETE_OF =
      """
      delete from trunkline.session where hash = $1 and user_name = $2
      """;

  private static final String DELETE_ALL =
      """
      delete from trunkline.session where user_name = $1
      """;

  private static final String CHECK =
      """
      select hash, trunkline.millis(expires_at)
      from trunkline.session
      where hash = any ($1) and expires_at > now() and not outside
      """;

  private final Database database;
  private final SessionRules rules;
  private final Sliding sliding;
  private final Batcher<String, Session> lookUps;

  SessionStore(Vertx vertx, Database database, StoreSettings settings) {
    this.database = database;
    this.rules = settings.sessions();
    this.sliding = rules.sliding() ? new Sliding(vertx, database) : null;
    this.lookUps =
        new Batcher<>(
            vertx,
            database.context(),
            new Batcher.Limits(MAX_BATCH, MAX_BATCH, MAX_BATCHES, MAX_WAITING, MAX_WAITING),
            hash -> 1,
            this::findAll);
  }

  @Override
  public Future<CreatedSession> create(String user, long ttlSeconds, List<String> permissions) {
    String id = newId();
    long ttl = ttlSeconds == 0 ? rules.ttlSeconds() : ttlSeconds;
    String[] own = permissions == null ? null : permissions.toArray(String[]::new);
    return database
        .query(CREATE, Tuple.of(SessionHash.bytes(SessionHash.of(id)), user, ttl, own))
        .map(rows -> new CreatedSession(id, user, rows.iterator().next().getLong(0)))
        .recover(Database::refused);
  }

  @Override
  public Future<Session> find(String id) {
    return lookUps.add(SessionHash.of(id));
  }

  @Override
  public Future<Session> renew(String hash) {
    return database
        .query(RENEW, Tuple.of(SessionHash.bytes(hash)))
        .map(rows -> rows.size() == 0 ? null : session(rows.iterator().next(), rules))
        .recover(Database::refused);
  }

  @Override
  public Future<Boolean> delete(String hash) {
    return database
        .query(DELETE, Tuple.of(SessionHash.bytes(hash)))
        .map(rows -> rows.rowCount() > 0)
        .recover(Database::refused);
  }

  @Override
  public Future<Boolean> deleteOf(String user, String hash) {
    return database
        .query(DELETE_OF, Tuple.of(SessionHash.bytes(hash), user))
        .map(rows -> rows.rowCount() > 0)
        .recover(Database::refused);
  }

  @Override
  public Future<Void> deleteAll(String user) {
    return database.query(DELETE_ALL, Tuple.of(user)).recover(Database::refused).mapEmpty();
  }

  @Override
  public Future<List<Long>> check(List<String> hashes) {
    return database
        .query(CHECK, Tuple.of((Object) SessionHash.all(hashes)))
        .map(rows -> expiries(hashes, rows))
        .recover(Database::refused);
  }

  @Override
  public Future<List<SessionOwner>> owners(List<String> ids) {
    return Future.failedFuture(Refusal.badRequest("sessions are told of when they end"));
  }

  @Override
  public int watchSeconds() {
    return 0;
  }

  @Override
  public void touch(String hash) {
    if (sliding != null) {
      sliding.touch(hash);
    }
  }

  private Future<List<Future<Session>>> findAll(List<String> hashes) {
    database.meters().lookedUp(hashes.size());
    return database
        .query(FIND, Tuple.of((Object) SessionHash.all(hashes)))
        .map(rows -> inOrder(hashes, rows))
        .recover(Database::refused);
  }

  private List<Future<Session>> inOrder(List<String> hashes, RowSet<Row> rows) {
    Map<String, Session> found = new HashMap<>();
    for (Row row : rows) {
      Session session = session(row, rules);
      found.put(session.hash(), session);
    }
    return hashes.stream().map(found::get).map(Future::succeededFuture).toList();
  }

  private static List<Long> expiries(List<String> hashes, RowSet<Row> rows) {
    Map<String, Long> found = new HashMap<>();
    for (Row row : rows) {
      found.put(SessionHash.hex(row.getBuffer(0)), row.getLong(1));
    }
    return hashes.stream().map(hash -> found.getOrDefault(hash, 0L)).toList();
  }

  /** A row of {@link #SHOWN}. */
  static Session session(Row row, SessionRules rules) {
    String[] permissions = row.getArrayOfStrings(3);
    return new Session(
        SessionHash.hex(row.getBuffer(0)),
        row.getString(1),
        row.getLong(2),
        permissions == null ? rules.permissions() : named(permissions),
        row.getLong(4),
        row.getLong(5),
        row.getLong(6),
        row.getBoolean(7));
  }

  /** A null among them is nobody's permission. */
  static List<String> named(String[] permissions) {
    return Stream.of(permissions).filter(Objects::nonNull).toList();
  }

  private static String newId() {
    byte[] bits = new byte[ID_BYTES];
    RANDOM.nextBytes(bits);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bits);
  }
}
