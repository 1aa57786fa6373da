package io.trunkline.session;

import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.BusMessage.SessionState;
import io.trunkline.protocol.BusMessage.SessionsChanged;
import io.trunkline.protocol.BusMessage.SessionsEnded;
import io.trunkline.protocol.BusMessage.UsersChanged;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the gateways what has become of sessions. Ends leave at once; what changed is gathered for
 * some milliseconds and read first. Belongs to one event loop.
 */
final class SessionNotices implements Revocations.Listener {
  private static final Logger log = LoggerFactory.getLogger(SessionNotices.class);

  /** A mass log-out, in messages of some 40 KB. */
  private static final int MOST_AT_ONCE = 500;

  /** Notices of one statement come one by one, within less. */
  private static final long GATHER_MILLIS = 10;

  /** Beyond these the next beat of {@link Revocations} has to tell again. */
  private static final int MOST_GATHERED = 100_000;

  private static final String STATES =
      """
      select hash, trunkline.millis(expires_at), permissions
      from trunkline.session where hash = any ($1) and not outside
      """;

  private final Vertx vertx;
  private final Database database;
  private final SessionRules rules;
  private final Set<String> changed = new LinkedHashSet<>();
  private final Set<String> users = new LinkedHashSet<>();
  private boolean gathering;

  SessionNotices(Vertx vertx, Database database, SessionRules rules) {
    this.vertx = vertx;
    this.database = database;
    this.rules = rules;
  }

  @Override
  public void ended(List<String> hashes) {
    inParts(hashes, part -> Future.succeededFuture(new SessionsEnded(part)));
  }

  @Override
  public void changed(List<String> hashes) {
    gather(changed, hashes);
  }

  @Override
  public void usersChanged(List<String> names) {
    gather(users, names);
  }

  private void gather(Set<String> into, List<String> what) {
    if (into.size() < MOST_GATHERED) {
      into.addAll(what);
    }
    if (!gathering) {
      gathering = true;
      vertx.setTimer(GATHER_MILLIS, timer -> tellGathered());
    }
  }

  private void tellGathered() {
    gathering = false;
    List<String> hashes = List.copyOf(changed);
    List<String> names = List.copyOf(users);
    changed.clear();
    users.clear();
    inParts(hashes, this::states);
    inParts(names, part -> Future.succeededFuture(new UsersChanged(part)));
  }

  private Future<BusMessage> states(List<String> hashes) {
    return database.query(STATES, Tuple.of((Object) SessionHash.all(hashes))).map(this::states);
  }

  private BusMessage states(RowSet<Row> rows) {
    List<SessionState> states = new ArrayList<>(rows.size());
    for (Row row : rows) {
      String[] own = row.getArrayOfStrings(2);
      states.add(
          new SessionState(
              SessionHash.hex(row.getBuffer(0)),
              row.getLong(1),
              own == null ? rules.permissions() : SessionStore.named(own)));
    }
    return new SessionsChanged(states);
  }

  private void inParts(List<String> all, Function<List<String>, Future<BusMessage>> message) {
    for (int from = 0; from < all.size(); from += MOST_AT_ONCE) {
      List<String> part = List.copyOf(all.subList(from, Math.min(from + MOST_AT_ONCE, all.size())));
      message
          .apply(part)
          .onSuccess(told -> vertx.eventBus().publish(Addresses.GATEWAY_ALL, told))
          .onFailure(failure -> log.warn("notice_not_told reason={}", failure.getMessage()));
    }
  }
}
