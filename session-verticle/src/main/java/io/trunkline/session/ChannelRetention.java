package io.trunkline.session;

import io.trunkline.protocol.Topics;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes what is kept for less long than the log's partitions are: entries of topics whose own
 * retention is shorter than the longest. From the oldest on, some thousand at a time; what is left
 * of a topic begins where the deletion ended and has no hole. No writer waits: an entry that is old
 * enough is no writer's any more.
 *
 * <p>It looks at what has become old since it looked last, so the cost is that of the traffic; at
 * everything only once, after its process has started, as the rules may be others by then.
 */
final class ChannelRetention {
  private static final Logger log = LoggerFactory.getLogger(ChannelRetention.class);

  /** Small enough that a step's locks and its log of changes bother nobody. */
  static final int STEP_ROWS = 5_000;

  /** The next run goes on; a run shall not take forever. */
  private static final int MAX_STEPS = 200;

  private static final OffsetDateTime EVER =
      OffsetDateTime.of(1970, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC);

  /**
   * One step: the entries from $1 on that are older than $2 hours, at most $3; of topics that are
   * kept for $2 hours, all up to the last of these go. The rules are the arrays; what none matches
   * is kept for $7 hours.
   */
  private static final String STEP =
      """
      with bound as (
        select now() - $2::int * interval '1 hour' as ends_at
      ), seen as materialized (
        select topic_id, "offset", stored_at from trunkline.message
        where stored_at >= $1::timestamptz and stored_at < (select ends_at from bound)
        order by stored_at limit $3
      ), past as materialized (
        select s.topic_id, max(s."offset") as last
        from seen s
        join trunkline.topic t on t.id = s.topic_id
        where $2::int = coalesce((
          select r.hours
          from unnest($4::text[], $5::bool[], $6::int[]) with ordinality r (begins, whole, hours, n)
          where case when r.whole then t.name = r.begins else starts_with(t.name, r.begins) end
          order by r.n limit 1), $7::int)
        group by s.topic_id
      ), gone as (
        delete from trunkline.message m
        using past p
        where m.topic_id = p.topic_id and m."offset" <= p.last
          and m.stored_at < (select ends_at from bound)
        returning 1
      )
      select
        (select count(*) from seen) as seen,
        (select count(*) from gone) as gone,
        coalesce(
          case when (select count(*) from seen) = $3 then (select max(stored_at) from seen) end,
          (select ends_at from bound)) as reached
      """;

  private final ChannelRules rules;
  private final int otherwiseHours;

  /** By hours: up to where everything has been looked at. */
  private final Map<Integer, OffsetDateTime> reached = new HashMap<>();

  ChannelRetention(ChannelRules rules, int otherwiseHours) {
    this.rules = rules;
    this.otherwiseHours = otherwiseHours;
  }

  /** The longest that anything is kept. */
  int longestHours() {
    return Math.max(
        otherwiseHours, rules.rules().stream().mapToInt(this::hours).max().orElse(otherwiseHours));
  }

  Future<Void> run(Link link) {
    Future<Void> done = Future.succeededFuture();
    for (int hours : shorter()) {
      done = done.compose(v -> steps(link, hours, 0, 0));
    }
    return done;
  }

  private List<Integer> shorter() {
    int longest = longestHours();
    return Stream.concat(Stream.of(otherwiseHours), rules.rules().stream().map(this::hours))
        .distinct()
        .filter(hours -> hours < longest)
        .sorted()
        .toList();
  }

  private int hours(ChannelRule rule) {
    return rule.retentionHours() == 0 ? otherwiseHours : rule.retentionHours();
  }

  private Future<Void> steps(Link link, int hours, int taken, long before) {
    return link.run(STEP, arguments(hours))
        .map(rows -> rows.iterator().next())
        .compose(
            row -> {
              reached.put(hours, row.getOffsetDateTime(2));
              long gone = before + row.getLong(1);
              boolean all = row.getLong(0) < STEP_ROWS;
              if (all || taken + 1 >= MAX_STEPS) {
                logGone(hours, gone);
                return Future.succeededFuture();
              }
              return steps(link, hours, taken + 1, gone);
            });
  }

  private Tuple arguments(int hours) {
    List<ChannelRule> all = rules.rules();
    String[] begins = new String[all.size()];
    Boolean[] whole = new Boolean[all.size()];
    Integer[] kept = new Integer[all.size()];
    for (int i = 0; i < begins.length; i++) {
      ChannelRule rule = all.get(i);
      begins[i] = Topics.channel(rule.pattern().beginning());
      whole[i] = !rule.pattern().isOpen();
      kept[i] = hours(rule);
    }
    return Tuple.of(
        reached.getOrDefault(hours, EVER),
        hours,
        (long) STEP_ROWS,
        begins,
        whole,
        kept,
        otherwiseHours);
  }

  private static void logGone(int hours, long gone) {
    if (gone > 0) {
      log.info("entries_deleted kept_hours={} count={}", hours, gone);
    }
  }
}
