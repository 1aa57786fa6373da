package io.trunkline.session;

import io.trunkline.node.BadSetting;
import io.trunkline.node.Key;
import io.trunkline.protocol.BusMessage.SessionOwner;
import io.trunkline.protocol.Shapes;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The operator's query for sessions of another application: {@code $1} is the id as the client gave
 * it, text; the answer a row with {@code user}, {@code expires_at} and, if it likes, {@code
 * permissions}. Ids that are asked for together are one round trip. Reads only.
 */
final class SessionQuery {
  private static final Logger log = LoggerFactory.getLogger(SessionQuery.class);

  static final SessionOwner NOBODY = new SessionOwner(null, 0, List.of());

  /** Answers {@link #check} as any unknown id would. */
  private static final String UNKNOWN_ID = "";

  /**
   * The first mention of {@code $1} makes it text, whatever it is compared with. {@code
   * permissions} need not be there.
   */
  private static final String LOOK =
      """
      with given as (select $1::text as id)
      select q."user"::text, trunkline.millis(q.expires_at::timestamptz), to_jsonb(q) -> 'permissions'
      from (
      %s
      ) q
      where q.expires_at::timestamptz > now() and q."user" is not null
      limit 2
      """;

  private final Database database;
  private final SessionRules rules;
  private final String look;

  SessionQuery(Database database, SessionRules rules) {
    this.database = database;
    this.rules = rules;
    this.look = LOOK.formatted(rules.query().strip().replaceAll("[;\\s]+$", ""));
  }

  /** Fails with a {@link BadSetting} where the database does not take the query. */
  static Future<Void> check(Vertx vertx, StoreSettings settings) {
    Database database = Database.connect(vertx, settings, DatabaseMeters.unread());
    SessionQuery query = new SessionQuery(database, settings.sessions());
    return Insistence.on(vertx, database::ping)
        .compose(answers -> database.query(query.look, Tuple.of(UNKNOWN_ID)))
        .recover(failure -> query.refused(failure))
        .eventually(database::close)
        .mapEmpty();
  }

  /** In the order of {@code ids}; {@link #NOBODY} where there is no session now. */
  Future<List<SessionOwner>> owners(List<String> ids) {
    if (ids.isEmpty()) {
      return Future.succeededFuture(List.of());
    }
    return database
        .queryAll(look, ids.stream().map(Tuple::of).toList())
        .map(this::read)
        .recover(failure -> isData(failure) ? oneByOne(ids) : Database.refused(failure));
  }

  /** An id that the query cannot take, such as none that is a UUID, spoils all of its batch. */
  private Future<List<SessionOwner>> oneByOne(List<String> ids) {
    List<Future<SessionOwner>> all = ids.stream().map(this::owner).toList();
    return Future.all(all).map(done -> all.stream().map(Future::result).toList());
  }

  private Future<SessionOwner> owner(String id) {
    return database
        .query(look, Tuple.of(id))
        .map(this::read)
        .map(owners -> owners.get(0))
        .recover(
            failure ->
                isData(failure) ? Future.succeededFuture(NOBODY) : Database.refused(failure));
  }

  private List<SessionOwner> read(RowSet<Row> first) {
    List<SessionOwner> owners = new ArrayList<>();
    for (RowSet<Row> rows = first; rows != null; rows = rows.next()) {
      owners.add(owner(rows));
    }
    return owners;
  }

  private SessionOwner owner(RowSet<Row> rows) {
    if (rows.size() > 1) {
      log.error("session_query_ambiguous rows=2 expected=1");
      return NOBODY;
    }
    return rows.size() == 0 ? NOBODY : owner(rows.iterator().next());
  }

  private SessionOwner owner(Row row) {
    String user = row.getString(0);
    if (!Shapes.isName(user)) {
      log.error("session_query_user_unusable length={}", user.length());
      return NOBODY;
    }
    return new SessionOwner(user, row.getLong(1), permissions(row.getValue(2)));
  }

  /** What is no list of texts gives none. */
  private List<String> permissions(Object column) {
    if (column == null || column == Tuple.JSON_NULL) {
      return rules.permissions();
    }
    return column instanceof JsonArray names
        ? names.stream().filter(String.class::isInstance).map(String.class::cast).toList()
        : List.of();
  }

  private <T> Future<T> refused(Throwable failure) {
    if (isData(failure)) {
      return Future.succeededFuture();
    }
    return Future.failedFuture(
        failure instanceof PgException e
            ? BadSetting.of(
                Key.SESSION_QUERY,
                rules.query(),
                "a query that the database takes: " + e.getErrorMessage())
            : failure);
  }

  private static boolean isData(Throwable failure) {
    return failure instanceof PgException e && Database.isDataError(e);
  }
}
