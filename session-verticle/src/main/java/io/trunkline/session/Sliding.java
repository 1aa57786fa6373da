package io.trunkline.session;

import io.vertx.core.Vertx;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives sessions that are used their life again, once a tenth of it is gone: at most about ten
 * writes in a life, however much is asked. Those that were used leave together. What cannot be
 * written now is, with the session's next request. Belongs to one event loop.
 */
final class Sliding {
  private static final Logger log = LoggerFactory.getLogger(Sliding.class);

  /** Short against the shortest life that makes sense, some seconds. */
  private static final long FLUSH_MILLIS = 250;

  /** Sessions of one statement. */
  private static final int MAX_BATCH = 256;

  /** Who is used beyond these within a flush is noticed with its next request. */
  private static final int MAX_USED = 4_096;

  /** Of those that need nothing for now; who drops out is looked at once too often. */
  private static final int MAX_RESTED = 20_000;

  /** Rows are locked in one order. The second column: how long until it is worth asking again. */
  private static final String SLIDE =
      """
      with used as (
        select hash from trunkline.session
        where hash = any ($1) and expires_at > now() and not outside
          and expires_at < now() + life * 0.9
        order by hash
        for no key update
      ), slid as (
        update trunkline.session s set expires_at = now() + life
        from used u where s.hash = u.hash
        returning s.hash, s.life
      )
      select hash, floor(extract(epoch from life * 0.1) * 1000)::bigint from slid
      union all
      select hash, floor(extract(epoch from expires_at - now() - life * 0.9) * 1000)::bigint
      from trunkline.session
      where hash = any ($1) and expires_at >= now() + life * 0.9
      """;

  private final Vertx vertx;
  private final Database database;
  private final Set<String> used = new LinkedHashSet<>();

  /** When each is worth asking for again, by {@link #now}; the least lately used goes first. */
  private final Map<String, Long> rested =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
          return size() > MAX_RESTED;
        }
      };

  /** A flush is due or on its way. */
  private boolean flushing;

  Sliding(Vertx vertx, Database database) {
    this.vertx = vertx;
    this.database = database;
  }

  /** The session of this SHA-256 has been used. */
  void touch(String hash) {
    Long rests = rested.get(hash);
    if ((rests != null && rests > now()) || used.size() >= MAX_USED) {
      return;
    }
    used.add(hash);
    if (!flushing) {
      flushing = true;
      vertx.setTimer(FLUSH_MILLIS, timer -> flush());
    }
  }

  private void flush() {
    List<String> batch = new ArrayList<>(used).subList(0, Math.min(used.size(), MAX_BATCH));
    batch.forEach(used::remove);
    database
        .query(SLIDE, Tuple.of((Object) SessionHash.all(batch)))
        .onSuccess(this::rest)
        .onFailure(failure -> log.warn("sessions_not_slid reason={}", failure.getMessage()))
        .onComplete(done -> again());
  }

  private void again() {
    flushing = !used.isEmpty();
    if (flushing) {
      vertx.setTimer(FLUSH_MILLIS, timer -> flush());
    }
  }

  private void rest(RowSet<Row> rows) {
    long now = now();
    rows.forEach(row -> rested.put(SessionHash.hex(row.getBuffer(0)), now + row.getLong(1)));
  }

  private static long now() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }
}
