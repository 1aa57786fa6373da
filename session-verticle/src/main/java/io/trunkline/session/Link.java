package io.trunkline.session;

import io.netty.channel.Channel;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.pgclient.spi.PgDriver;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import io.vertx.sqlclient.impl.SocketConnectionBase;
import io.vertx.sqlclient.internal.SqlConnectionBase;
import io.vertx.sqlclient.spi.ConnectionFactory;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to Postgres that can be given up: {@link #cut} closes the socket whatever the
 * server does, where the client's own close waits for the server to close first, which a frozen one
 * never does. Belongs to one event loop. Has no time-out for statements: its owner has.
 */
final class Link {
  private static final Logger log = LoggerFactory.getLogger(Link.class);

  /**
   * TCP, start-up and SCRAM of a busy server take some ten milliseconds, a second in a bad moment.
   */
  static final long CONNECT_MILLIS = 2_000;

  /** The kernel gives up a peer that confirms nothing for this long; needs native transport. */
  private static final int UNCONFIRMED_MILLIS = 5_000;

  private final ConnectionFactory<PgConnectOptions> factory;
  private final PgConnection connection;

  private Link(ConnectionFactory<PgConnectOptions> factory, PgConnection connection) {
    this.factory = factory;
    this.connection = connection;
    connection.noticeHandler(notice -> log.debug("database_notice sqlstate={}", notice.getCode()));
  }

  /** What every connection of ours says to the server at its start. */
  static PgConnectOptions options(StoreSettings settings, long statementMillis, long lockMillis) {
    DatabaseUrl url = DatabaseUrl.parse(settings.databaseUrl());
    return new PgConnectOptions()
        .setHost(url.host())
        .setPort(url.port())
        .setDatabase(url.database())
        .setUser(url.user())
        .setPassword(url.password())
        .setCachePreparedStatements(true)
        .addProperty("application_name", "trunkline")
        .addProperty("statement_timeout", Long.toString(statementMillis))
        .addProperty("lock_timeout", Long.toString(lockMillis));
  }

  /** Fails when the server has not taken us in within {@value #CONNECT_MILLIS} ms. */
  static Future<Link> open(Vertx vertx, Context context, PgConnectOptions options) {
    ConnectionFactory<PgConnectOptions> factory =
        PgDriver.INSTANCE.createConnectionFactory(vertx, transport());
    Future<SqlConnection> connecting = factory.connect(context, options);
    return connecting
        .timeout(CONNECT_MILLIS, TimeUnit.MILLISECONDS)
        .map(connection -> new Link(factory, (PgConnection) connection))
        .onFailure(
            failure -> {
              connecting.onSuccess(late -> new Link(factory, (PgConnection) late).cut());
              close(factory);
            });
  }

  Future<RowSet<Row>> run(String sql, Tuple arguments) {
    return connection.preparedQuery(sql).execute(arguments);
  }

  /** One after another, without waiting in between; the first that fails ends it. */
  Future<RowSet<Row>> runAll(String sql, List<Tuple> arguments) {
    return connection.preparedQuery(sql).executeBatch(arguments);
  }

  /** A statement without arguments that is not worth remembering, or that may not be prepared. */
  Future<Void> command(String sql) {
    return connection.query(sql).execute().mapEmpty();
  }

  /** At most one handler; called once, however the connection ended. */
  void onClosed(Runnable closed) {
    connection.closeHandler(done -> closed.run());
    connection.exceptionHandler(failure -> cut());
  }

  /** Channel and payload of each notice. */
  void onNotice(BiConsumer<String, String> notice) {
    connection.notificationHandler(
        notification -> notice.accept(notification.getChannel(), notification.getPayload()));
  }

  /**
   * Ends the connection now; what is on its way fails. Goes around the client's codec, whose close
   * only says goodbye.
   */
  @SuppressWarnings("FutureReturnValueIgnored") // the close handler hears of it
  void cut() {
    SocketConnectionBase socket =
        (SocketConnectionBase) ((SqlConnectionBase<?>) connection).unwrap();
    Channel channel = socket.socket().channelHandlerContext().channel();
    if (channel.isOpen()) {
      channel.pipeline().firstContext().close();
      close(factory);
    }
  }

  /** Says goodbye first, and does not wait long for the answer. */
  Future<Void> close() {
    return connection
        .close()
        .timeout(CONNECT_MILLIS, TimeUnit.MILLISECONDS)
        .otherwiseEmpty()
        .onComplete(done -> cut());
  }

  private static void close(ConnectionFactory<PgConnectOptions> factory) {
    factory.close(Promise.promise());
  }

  private static NetClientOptions transport() {
    return new NetClientOptions()
        .setConnectTimeout((int) CONNECT_MILLIS)
        .setTcpKeepAlive(true)
        .setTcpUserTimeout(UNCONFIRMED_MILLIS);
  }
}
