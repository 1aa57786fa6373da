package io.trunkline.session;

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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells which sessions were deleted, by whomever and by whatever means, as soon as that is
 * committed. What was deleted while the connection was away is told when it is back, so nothing is
 * missed; some may be told twice. Belongs to one event loop.
 */
final class Revocations {
  private static final Logger log = LoggerFactory.getLogger(Revocations.class);

  private static final String CHANNEL = "trunkline_sessions_ended";

  /** How often a listener that hears nothing asks whether anybody is there. */
  private static final long BEAT_MILLIS = 2_000;

  /** A connection that does not answer this long is given up. */
  private static final long ANSWER_MILLIS = 2_000;

  private static final long FIRST_RETRY_MILLIS = 50;
  private static final long LAST_RETRY_MILLIS = 1_000;

  /** Longer than a delete takes from its row to its commit. */
  private static final int MARGIN_SECONDS = 60;

  private static final String NOW =
      """
      select clock_timestamp()
      """;

  private static final String ENDED_SINCE =
      """
      select encode(hash, 'hex') from trunkline.ended where at >= $1
      """;

  private final Vertx vertx;
  private final Context context;
  private final StoreSettings settings;
  private final Consumer<List<String>> ended;

  /** The database's time up to which everything was heard; null before the first connection. */
  private OffsetDateTime heardTo;

  /** Null while there is no connection. */
  private Link link;

  private int failures;
  private boolean closed;

  private Revocations(
      Vertx vertx, Context context, StoreSettings settings, Consumer<List<String>> ended) {
    this.vertx = vertx;
    this.context = context;
    this.settings = settings;
    this.ended = ended;
  }

  /**
   * Completes when deletes are heard; fails when the database cannot be reached now. {@code ended}
   * gets hashes in hex, on the caller's context.
   */
  static Future<Revocations> listen(
      Vertx vertx, StoreSettings settings, Consumer<List<String>> ended) {
    Context context = vertx.getOrCreateContext();
    Revocations revocations = new Revocations(vertx, context, settings, ended);
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
    opened.onNotice(hashes -> ended.accept(List.of(hashes.split(","))));
    return answered(opened, opened.command("listen " + CHANNEL))
        .compose(v -> tellMissed(opened))
        .compose(v -> beat(opened))
        .onSuccess(v -> keep(opened))
        .onFailure(failure -> opened.cut());
  }

  private void keep(Link opened) {
    link = opened;
    opened.onClosed(this::lost);
    vertx.setTimer(BEAT_MILLIS, t -> beatAgain(opened));
  }

  private Future<Void> tellMissed(Link opened) {
    if (heardTo == null) {
      return Future.succeededFuture();
    }
    Tuple since = Tuple.of(heardTo.minusSeconds(MARGIN_SECONDS));
    return answered(opened, opened.run(ENDED_SINCE, since))
        .onSuccess(
            rows -> {
              List<String> missed = new ArrayList<>(rows.size());
              rows.forEach(row -> missed.add(row.getString(0)));
              if (!missed.isEmpty()) {
                ended.accept(missed);
              }
            })
        .mapEmpty();
  }

  /** Everything committed before the answer was heard before it. */
  private Future<Void> beat(Link opened) {
    return answered(opened, opened.run(NOW, Tuple.tuple()))
        .onSuccess(rows -> heardTo = rows.iterator().next().getOffsetDateTime(0))
        .mapEmpty();
  }

  private void beatAgain(Link opened) {
    if (link == opened && !closed) {
      beat(opened)
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
