package io.trunkline.session;

import io.trunkline.protocol.BusMessage.SessionOwner;
import io.trunkline.protocol.Refusal;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Sessions that another application makes and ends, in a table of its own: whatever it says holds.
 * Beside it, in our table, is how far each has read, and no word of the id but its SHA-256. Nothing
 * here writes to the other table.
 */
final class OuterSessions implements Sessions {
  /** Ids of one batch: as for our own. */
  private static final int MAX_BATCH = 64;

  private static final int MAX_BATCHES = 2;

  /** A storm of reconnecting clients; they come again when refused. */
  private static final int MAX_WAITING = 20_000;

  /** Our part of a session outlives what was its time when its client last connected. */
  private static final int KEPT_DAYS = 30;

  /** An end is to be noticed within 10 s, the answer and a slow moment included. */
  private static final int WATCH_SECONDS = 5;

  private static final String SHOW =
      """
      select %s
      from trunkline.session s
      left join trunkline.topic t on t.name = 'user:' || s.user_name
      where s.hash = any ($1) and s.outside
      """
          .formatted(SessionStore.SHOWN);

  /** A new one begins at the furthest cursor of the user's others, live or gone. */
  private static final String KEEP =
      """
      with asked as (
        select * from unnest($1::bytea[], $2::text[], $3::bigint[]) a (hash, user_name, expires_at)
      ), made as (
        insert into trunkline.topic (name)
        select distinct 'user:' || user_name from asked order by 1
        on conflict (name) do nothing
      )
      insert into trunkline.session as s (hash, user_name, expires_at, outside, cursor)
      select a.hash, a.user_name, to_timestamp(a.expires_at / 1000.0) + $4::int * interval '1 day', true,
        greatest(
          coalesce((select read_to from trunkline.topic where name = 'user:' || a.user_name), 0),
          coalesce((select max(cursor) from trunkline.session where user_name = a.user_name), 0))
      from asked a
      order by a.hash
      on conflict (hash) do update set
        user_name = excluded.user_name,
        expires_at = excluded.expires_at,
        cursor = case when s.user_name = excluded.user_name then s.cursor else excluded.cursor end,
        confirms = s.confirms and s.user_name = excluded.user_name
      where s.outside
      """;

  private final Database database;
  private final SessionRules rules;
  private final SessionQuery query;
  private final Batcher<String, Session> lookUps;

  /** A session of the other table, and the id that found it. */
  private record Found(String hash, SessionOwner owner) {}

  OuterSessions(Vertx vertx, Database database, StoreSettings settings) {
    this.database = database;
    this.rules = settings.sessions();
    this.query = new SessionQuery(database, rules);
    this.lookUps =
        new Batcher<>(
            vertx,
            database.context(),
            new Batcher.Limits(MAX_BATCH, MAX_BATCH, MAX_BATCHES, MAX_WAITING, MAX_WAITING),
            id -> 1,
            this::findAll);
  }

  @Override
  public Future<Session> find(String id) {
    return lookUps.add(id);
  }

  @Override
  public Future<List<SessionOwner>> owners(List<String> ids) {
    return query.owners(ids);
  }

  /** Only an id finds one: gateways ask by those that they watch. */
  @Override
  public Future<List<Long>> check(List<String> hashes) {
    return Future.succeededFuture(hashes.stream().map(hash -> 0L).toList());
  }

  @Override
  public Future<CreatedSession> create(String user, long ttlSeconds, List<String> permissions) {
    return elsewhere("made");
  }

  @Override
  public Future<Session> renew(String hash) {
    return elsewhere("renewed");
  }

  @Override
  public Future<Boolean> delete(String hash) {
    return elsewhere("ended");
  }

  @Override
  public Future<Boolean> deleteOf(String user, String hash) {
    return elsewhere("ended");
  }

  @Override
  public Future<Void> deleteAll(String user) {
    return elsewhere("ended");
  }

  @Override
  public int watchSeconds() {
    return WATCH_SECONDS;
  }

  @Override
  public void touch(String hash) {}

  private static <T> Future<T> elsewhere(String what) {
    return Future.failedFuture(
        Refusal.forbidden("sessions are " + what + " by the application that owns their table"));
  }

  private Future<List<Future<Session>>> findAll(List<String> ids) {
    database.meters().lookedUp(ids.size());
    return query
        .owners(ids)
        .compose(
            owners -> {
              List<Found> found = new ArrayList<>(ids.size());
              for (int i = 0; i < ids.size(); i++) {
                found.add(new Found(SessionHash.of(ids.get(i)), owners.get(i)));
              }
              return withCursors(found);
            });
  }

  private Future<List<Future<Session>>> withCursors(List<Found> found) {
    Map<String, Found> valid = new TreeMap<>();
    found.stream().filter(f -> f.owner().user() != null).forEach(f -> valid.put(f.hash(), f));
    return show(valid)
        .compose(
            shown -> {
              Map<String, Found> strange = new TreeMap<>(valid);
              strange.values().removeIf(f -> isKept(f, shown.get(f.hash())));
              return strange.isEmpty()
                  ? Future.succeededFuture(shown)
                  : keep(strange).compose(kept -> show(valid));
            })
        .recover(Database::refused)
        .map(shown -> found.stream().map(f -> Future.succeededFuture(session(f, shown))).toList());
  }

  /** What we keep of it is that user's, and will be there for as long as it lives. */
  private static boolean isKept(Found found, Session shown) {
    return shown != null
        && shown.user().equals(found.owner().user())
        && shown.expiresAt() > found.owner().expiresAt();
  }

  private Session session(Found found, Map<String, Session> shown) {
    Session kept = shown.get(found.hash());
    SessionOwner owner = found.owner();
    return kept == null || owner.user() == null
        ? null
        : new Session(
            found.hash(),
            owner.user(),
            owner.expiresAt(),
            owner.permissions(),
            kept.cursor(),
            kept.head(),
            kept.firstAfterCursor(),
            kept.confirms());
  }

  private Future<Map<String, Session>> show(Map<String, Found> valid) {
    if (valid.isEmpty()) {
      return Future.succeededFuture(Map.of());
    }
    return database
        .query(SHOW, Tuple.of((Object) SessionHash.all(List.copyOf(valid.keySet()))))
        .map(
            rows -> {
              Map<String, Session> shown = new HashMap<>();
              for (Row row : rows) {
                Session session = SessionStore.session(row, rules);
                shown.put(session.hash(), session);
              }
              return shown;
            });
  }

  private Future<Void> keep(Map<String, Found> strange) {
    List<Found> all = List.copyOf(strange.values());
    Buffer[] hashes = SessionHash.all(List.copyOf(strange.keySet()));
    String[] users = all.stream().map(found -> found.owner().user()).toArray(String[]::new);
    Long[] expiries = all.stream().map(found -> found.owner().expiresAt()).toArray(Long[]::new);
    return database.query(KEEP, Tuple.of(hashes, users, expiries, KEPT_DAYS)).mapEmpty();
  }
}
