package io.trunkline.session;

import io.trunkline.protocol.Shapes;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells which sessions were deleted or changed, by whomever and by whatever means, as soon as that
 * is committed. What was deleted while the connection was away is told when it is back, so nothing
 * is missed; some may be told twice. Belongs to one event loop.
 */
final class Revocations {
  private static final Logger log = LoggerFactory.getLogger(Revocations.class);

  private static final String ENDED = "trunkline_sessions_ended";
  private static final String CHANGED = "trunkline_sessions_changed";

  /** Anybody may notify here: the other application whose table holds the sessions, say. */
  private static final String USERS = "trunkline_users_changed";

  /** How often a listener that hears nothing asks whether anybody is there. */
  private static final long BEAT_MILLIS = 2_000;

  /** A connection that does not answer this long is given up. */
  private static final long ANSWER_MILLIS = 2_000;

  private static final long FIRST_RETRY_MILLIS = 50;
  private static final long LAST_RETRY_MILLIS = 1_000;

  /**
   * Longer than a change takes from its row to its commit. Told again with each beat, so that what
   * gets lost anywhere between the commit and the gateways is made good within seconds.
   */
  private static final int MARGIN_SECONDS = 10;

  /** After the connection was away, when everything was slow. */
  private static final int LONG_MARGIN_SECONDS = 60;

  private static final String NOW =
      """
      select clock_timestamp()
      """;

  private static final String ENDED_SINCE =
      """
      select encode(hash, 'hex') from trunkline.ended where at >= $1
      """;

  private static final String CHANGED_SINCE =
      """
      select encode(hash, 'hex') from trunkline.session where changed_at >= $1
      """;

  /** Who is told; on the caller's context. Hashes are SHA-256 in hex. */
  interface Listener {
    void ended(List<String> hashes);

    /** Their time, or what they may do. */
    void changed(List<String> hashes);

    void usersChanged(List<String> users);
  }

  private final Vertx vertx;
  private final Context context;
  private final StoreSettings settings;
  private final Listener listener;

  /** The database's time up to which everything was heard; null before the first connection. */
  private OffsetDateTime heardTo;

  /** Null while there is no connection. */
  private Link link;

  private int failures;
  private boolean closed;

  private Revocations(Vertx vertx, Context context, StoreSettings settings, Listener listener) {
    this.vertx = vertx;
    this.context = context;
    this.settings = settings;
    this.listener = listener;
  }

  /** Completes when changes are heard; fails when the database cannot be reached now. */
  static Future<Revocations> listen(Vertx vertx, StoreSettings settings, Listener listener) {
    Context context = vertx.getOrCreateContext();
    Revocations revocations = new Revocations(vertx, context, settings, listener);
    Promise<Void> listening = Promise.promise();
    context.runOnContext(v -> revocations.connect().onComplete(listening));
    return listening.future().map(revocations);
  }

  Future<Void> close() {
    Promise<Void> done = Promise.promise();
    context.runOnContext(
        v -> {
          closed = true;
          (link == null ? Future.<Void>succeededFuture() : link.close()).onComplete(done);
        });
    return done.future();
  }

  private Future<Void> connect() {
    return Link.open(vertx, context, Link.options(settings, ANSWER_MILLIS, ANSWER_MILLIS))
        .compose(this::listenOver)
        .onSuccess(v -> failures = 0);
  }

  /** Listens first, so that nothing falls between what was missed and what comes. */
  private Future<Void> listenOver(Link opened) {
    opened.onNotice(this::noticed);
    return answered(opened, opened.command("listen " + ENDED))
        .compose(v -> answered(opened, opened.command("listen " + CHANGED)))
        .compose(v -> answered(opened, opened.command("listen " + USERS)))
        .compose(v -> beat(opened, LONG_MARGIN_SECONDS))
        .onSuccess(v -> keep(opened))
        .onFailure(failure -> opened.cut());
  }

  private void keep(Link opened) {
    link = opened;
    opened.onClosed(this::lost);
    vertx.setTimer(BEAT_MILLIS, t -> beatAgain(opened));
  }

  /** Whoever may connect may notify: what is no session or user is nothing to us. */
  private void noticed(String channel, String payload) {
    switch (channel) {
      case ENDED -> tell(payload.split(",", -1), SessionHash::isOne, listener::ended);
      case CHANGED -> tell(payload.split(",", -1), SessionHash::isOne, listener::changed);
      default -> tell(new String[] {payload}, Shapes::isName, listener::usersChanged);
    }
  }

  private static void tell(
      String[] named, Predicate<String> isOne, Consumer<List<String>> listener) {
    List<String> those = Stream.of(named).filter(isOne).toList();
    if (!those.isEmpty()) {
      listener.accept(those);
    }
  }

  /** Everything committed before the first answer is heard with the others, or was before. */
  private Future<Void> beat(Link opened, int marginSeconds) {
    OffsetDateTime since = heardTo == null ? null : heardTo.minusSeconds(marginSeconds);
    return answered(opened, opened.run(NOW, Tuple.tuple()))
        .compose(
            now ->
                tellMissed(opened, ENDED_SINCE, since, listener::ended)
                    .compose(v -> tellMissed(opened, CHANGED_SINCE, since, listener::changed))
                    .onSuccess(v -> heardTo = now.iterator().next().getOffsetDateTime(0)));
  }

  private static Future<Void> tellMissed(
      Link opened, String sql, OffsetDateTime since, Consumer<List<String>> listener) {
    if (since == null) {
      return Future.succeededFuture();
    }
    return answered(opened, opened.run(sql, Tuple.of(since)))
        .onSuccess(
            rows -> {
              List<String> missed = new ArrayList<>(rows.size());
              rows.forEach(row -> missed.add(row.getString(0)));
              if (!missed.isEmpty()) {
                listener.accept(missed);
              }
            })
        .mapEmpty();
  }

  private void beatAgain(Link opened) {
    if (link == opened && !closed) {
      beat(opened, MARGIN_SECONDS)
          .onSuccess(v -> vertx.setTimer(BEAT_MILLIS, t -> beatAgain(opened)))
          .onFailure(failure -> opened.cut());
    }
  }

  private static <T> Future<T> answered(Link link, Future<T> answer) {
    return answer.timeout(ANSWER_MILLIS, TimeUnit.MILLISECONDS).onFailure(failure -> link.cut());
  }

  private void lost() {
    link = null;
    if (!closed) {
      log.warn("revocations_lost");
      reconnect();
    }
  }

  private void reconnect() {
    long pause = FIRST_RETRY_MILLIS << Math.min(failures++, 10);
    vertx.setTimer(
        Math.min(pause, LAST_RETRY_MILLIS),
        t -> {
          if (!closed) {
            connect()
                .onSuccess(v -> log.info("revocations_heard_again"))
                .onFailure(failure -> reconnect());
          }
        });
  }
}
