package io.trunkline.session;

import io.trunkline.protocol.Refusal;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections to Postgres of one event loop. Every statement ends within {@link
 * #STORE_TIMEOUT_MILLIS}: it waits for a connection for {@link #WAIT_MILLIS} at most, and a
 * connection that has not answered it by then is given up. Lost connections are replaced when
 * somebody waits for one, so it heals by itself.
 *
 * <p>One statement at a time goes over a connection. The client's own pipelined pool is not used:
 * it puts everything on the first connection, where one commit holds up all that follows, and it
 * cannot part with a connection that hangs.
 */
final class Database {
  private static final Logger log = LoggerFactory.getLogger(Database.class);

  /** No future of a store takes longer; below the gateway's patience with a request. */
  static final long STORE_TIMEOUT_MILLIS = 3_000;

  /** Longer than a reconnection takes on a busy machine, so that one passes unnoticed. */
  static final long WAIT_MILLIS = 2_000;

  /** Some hundred times what the slowest statement needs; what the longest wait leaves, or more. */
  private static final long MIN_ANSWER_MILLIS = STORE_TIMEOUT_MILLIS - WAIT_MILLIS;

  /** The server stops a statement itself before we give its connection up. */
  private static final long STATEMENT_MILLIS = 1_800;

  private static final long LOCK_MILLIS = 1_500;

  /** Each holds at most one batch or one small statement. */
  private static final int MAX_WAITING = 1_000;

  /** Doubled with each failure, so that a server that comes back is not stormed. */
  private static final long FIRST_RETRY_MILLIS = 50;

  private static final long LAST_RETRY_MILLIS = 1_000;

  private final Vertx vertx;
  private final Context context;
  private final PgConnectOptions options;
  private final String where;
  private final int size;
  private final DatabaseMeters meters;
  private final Set<Link> links = new HashSet<>();

  /** Last used first, so that no more connections are busy than needed. */
  private final ArrayDeque<Link> idle = new ArrayDeque<>();

  private final WaitingLine<Statement> waiting;

  /** One attempt at a time, or the pause after a failed one. */
  private boolean connecting;

  private int failures;
  private boolean closed;

  /**
   * @param asked by {@link System#nanoTime}
   */
  private record Statement(
      Function<Link, Future<RowSet<Row>>> on, long asked, Promise<RowSet<Row>> promise) {

    long millisLeft() {
      long waited = (System.nanoTime() - asked) / 1_000_000;
      return Math.max(MIN_ANSWER_MILLIS, STORE_TIMEOUT_MILLIS - waited);
    }
  }

  private Database(Vertx vertx, StoreSettings settings, DatabaseMeters meters) {
    this.vertx = vertx;
    this.meters = meters;
    this.context = vertx.getOrCreateContext();
    this.options = Link.options(settings, STATEMENT_MILLIS, LOCK_MILLIS);
    this.where = DatabaseUrl.parse(settings.databaseUrl()).toString();
    this.size = settings.poolSize();
    this.waiting = new WaitingLine<>(vertx, MAX_WAITING, MAX_WAITING, WAIT_MILLIS, this::tooLate);
  }

  /** For the caller's event loop; connects when there is something to do. */
  static Database connect(Vertx vertx, StoreSettings settings, DatabaseMeters meters) {
    return new Database(vertx, settings, meters);
  }

  DatabaseMeters meters() {
    return meters;
  }

  Context context() {
    return context;
  }

  /** Fails with what Postgres said, {@link PgException}, or else with a {@link Refusal}. */
  Future<RowSet<Row>> query(String sql, Tuple arguments) {
    return run(link -> link.run(sql, arguments));
  }

  /**
   * As above, with arguments that are asked for when the statement's turn on a connection has come.
   * They may throw a {@link Refusal}: then nothing is sent.
   */
  Future<RowSet<Row>> query(String sql, Supplier<Tuple> arguments) {
    return run(
        link -> {
          try {
            return link.run(sql, arguments.get());
          } catch (Refusal nobodyWaits) {
            return Future.failedFuture(nobodyWaits);
          }
        });
  }

  /**
   * The same statement with each of {@code arguments}, one at least, in one round trip and one
   * transaction. The answers are {@link RowSet#next} of each other.
   */
  Future<RowSet<Row>> queryAll(String sql, List<Tuple> arguments) {
    return run(link -> link.runAll(sql, arguments));
  }

  private Future<RowSet<Row>> run(Function<Link, Future<RowSet<Row>>> on) {
    Promise<RowSet<Row>> promise = Promise.promise();
    Statement statement = new Statement(on, System.nanoTime(), promise);
    if (Vertx.currentContext() == context) {
      submit(statement);
    } else {
      context.runOnContext(v -> submit(statement));
    }
    return promise.future();
  }

  Future<Void> ping() {
    return query("select 1", Tuple.tuple()).recover(Database::refused).mapEmpty();
  }

  /** Statements on their way fail; none is taken any more. */
  Future<Void> close() {
    Promise<Void> done = Promise.promise();
    context.runOnContext(v -> closeLinks().onComplete(done));
    return done.future();
  }

  /** The one place that turns what Postgres said into what a client is told. */
  static <T> Future<T> refused(Throwable failure) {
    if (failure instanceof PgException e) {
      log.warn("database_refused sqlstate={} severity={}", e.getSqlState(), e.getSeverity());
      return Future.failedFuture(
          isDataError(e)
              ? Refusal.badRequest("the database cannot store this")
              : Refusal.unavailable("the database refused the request"));
    }
    return Future.failedFuture(failure);
  }

  /** The values are at fault, and sending them again cannot help. */
  static boolean isDataError(PgException e) {
    String state = e.getSqlState();
    return state.startsWith("22") || state.startsWith("23") || state.startsWith("54");
  }

  private void submit(Statement statement) {
    if (closed) {
      statement.promise.fail(Refusal.unavailable("the database connections are closed"));
    } else if (!idle.isEmpty()) {
      run(idle.pop(), statement);
    } else if (waiting.offer(statement, 1)) {
      meters.waiting.increment();
      grow();
    } else {
      statement.promise.fail(Refusal.unavailable("too many requests wait for the database"));
    }
  }

  private void tooLate(Statement statement) {
    meters.waiting.decrement();
    statement.promise.fail(Refusal.unavailable("the database cannot be reached"));
  }

  /** The first in line, or null. */
  private Statement nextWaiting() {
    Statement next = waiting.poll();
    if (next != null) {
      meters.waiting.decrement();
    }
    return next;
  }

  private void run(Link link, Statement statement) {
    meters.busy.increment();
    long began = System.nanoTime();
    long timer =
        vertx.setTimer(
            statement.millisLeft(),
            t -> {
              log.warn("database_connection_given_up database={}", where);
              statement.promise.fail(Refusal.unavailable("the database does not answer"));
              link.cut();
            });
    statement
        .on
        .apply(link)
        .onComplete(
            answer -> {
              meters.busy.decrement();
              meters.answered(System.nanoTime() - began);
              if (vertx.cancelTimer(timer)) {
                answered(link, statement, answer);
              }
            });
  }

  private void answered(Link link, Statement statement, AsyncResult<RowSet<Row>> answer) {
    if (answer.succeeded()) {
      release(link);
      statement.promise.complete(answer.result());
    } else if (isLinkGood(answer.cause())) {
      release(link);
      statement.promise.fail(answer.cause());
    } else {
      link.cut();
      statement.promise.fail(Refusal.unavailable("the connection to the database was lost"));
    }
  }

  /** Postgres said no and goes on, or nothing was sent. */
  private static boolean isLinkGood(Throwable failure) {
    return failure instanceof Refusal
        || (failure instanceof PgException e && !"FATAL".equals(e.getSeverity()));
  }

  /** The next in line gets the connection, or it waits for the next to come. */
  private void release(Link link) {
    Statement next = links.contains(link) ? nextWaiting() : null;
    if (next != null) {
      run(link, next);
    } else if (links.contains(link)) {
      idle.push(link);
    }
  }

  private void grow() {
    if (!connecting && !closed && !waiting.isEmpty() && links.size() < size) {
      connecting = true;
      Link.open(vertx, context, options).onSuccess(this::opened).onFailure(this::notOpened);
    }
  }

  private void opened(Link link) {
    connecting = false;
    if (failures > 0) {
      log.info("database_reached database={} after_failures={}", where, failures);
    }
    failures = 0;
    links.add(link);
    meters.connections.increment();
    link.onClosed(() -> lost(link));
    if (closed) {
      link.cut();
    }
    release(link);
    grow();
  }

  private void notOpened(Throwable failure) {
    if (failures++ == 0) {
      log.warn("database_unreachable database={} error={}", where, failure.toString());
    }
    long pause = FIRST_RETRY_MILLIS << Math.min(failures - 1, 10);
    vertx.setTimer(
        Math.min(pause, LAST_RETRY_MILLIS),
        t -> {
          connecting = false;
          grow();
        });
  }

  private void lost(Link link) {
    links.remove(link);
    meters.connections.decrement();
    idle.remove(link);
    grow();
  }

  private Future<Void> closeLinks() {
    closed = true;
    for (Statement left = nextWaiting(); left != null; left = nextWaiting()) {
      left.promise.fail(Refusal.unavailable("the database connections are closed"));
    }
    return Future.join(List.copyOf(links).stream().map(Link::close).toList()).mapEmpty();
  }
}
