package io.trunkline.cli.load;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;

/** What a run found, as JSON for files and programs; docs/cli.md says what each field is. */
public final class Result {
  /** Steps of the percentiles for each halving of the distance to 100. */
  private static final int STEPS = 4;

  private final JsonObject json;
  private final Verdict verdict;
  private final boolean complete;

  Result(
      Scenario scenario,
      Plan plan,
      Instant began,
      int sources,
      Load load,
      Counts counts,
      Map<String, ProcessMeter.Reading> before,
      Map<String, ProcessMeter.Reading> connected,
      Run.Window window,
      Series series,
      Histogram arrivals,
      Histogram acks,
      Histogram lags,
      Verdict verdict) {
    this.verdict = verdict;
    this.complete = load.isWhole() && counts.unsent.sum() == 0;
    long received = window.received();
    this.json =
        new JsonObject()
            .put("scenario", scenario.argument())
            .put("began", began.truncatedTo(ChronoUnit.SECONDS).toString())
            .put("settings", settings(plan, sources))
            .put("connections", connections(load, counts))
            .put("seconds", Series.round(window.seconds()))
            .put("sent", counts.sent.sum())
            .put("unsent", counts.unsent.sum())
            .put("received", counts.received.sum())
            .put("received_per_second", Series.round(received / window.seconds()))
            .put("check", check())
            .put("latency_ms", times(arrivals))
            .put("ack_ms", times(acks))
            .put("late_ms", times(lags))
            .put("cpu", cpu(window, received))
            .put("memory", memory(before, connected, window, load.connectedSoFar()))
            .put("series", series.json())
            .put("percentiles", percentiles(arrivals));
    JsonObject details = load.details(window.begin().at());
    if (details != null) {
      json.put("details", details);
    }
  }

  /** Whether what is promised was kept, and all was connected and sent that was to be. */
  public boolean isGood() {
    return complete && verdict.isGood();
  }

  public JsonObject json() {
    return json;
  }

  private static JsonObject settings(Plan plan, int sources) {
    JsonArray gateways = new JsonArray();
    plan.gateways().forEach(uri -> gateways.add(uri.toString()));
    JsonObject settings =
        new JsonObject()
            .put("gateways", gateways)
            .put("connections", plan.connections())
            .put("loop", plan.inFlight() == 0 ? "open" : "closed")
            .put("size", plan.size())
            .put("warmup_seconds", plan.warmupSeconds())
            .put("seconds", plan.seconds())
            .put("connect_rate", plan.connectRate())
            .put("backlog", plan.backlog())
            .put("durable", plan.durable())
            .put("tick_us", plan.tickMicros())
            .put("channels", plan.channels())
            .put("source_addresses", sources)
            .put("threads", plan.lanes());
    return plan.inFlight() == 0
        ? settings.put("rate", plan.rate())
        : settings.put("in_flight", plan.inFlight());
  }

  private static JsonObject connections(Load load, Counts counts) {
    JsonObject failures = new JsonObject();
    counts.failures().forEach(failures::put);
    return new JsonObject()
        .put("opened", load.connectedSoFar())
        .put("failed", load.failedSoFar())
        .put("dropped", load.droppedSoFar())
        .put("failures", failures);
  }

  private JsonObject check() {
    return new JsonObject()
        .put("good", isGood())
        .put("lost", verdict.lost())
        .put("repeated", verdict.repeated())
        .put("reordered", verdict.reordered())
        .put("misdirected", verdict.misdirected())
        .put("refused", verdict.refused())
        .put("may_lose", verdict.mayLose());
  }

  /** Null where nothing was timed. */
  private static JsonObject times(Histogram nanos) {
    if (nanos.getTotalCount() == 0) {
      return null;
    }
    return new JsonObject()
        .put("count", nanos.getTotalCount())
        .put("mean", Series.round(nanos.getMean() / 1e6))
        .put("p50", millis(nanos, 50))
        .put("p90", millis(nanos, 90))
        .put("p99", millis(nanos, 99))
        .put("p99_9", millis(nanos, 99.9))
        .put("max", Series.round(nanos.getMaxValue() / 1e6));
  }

  private static double millis(Histogram nanos, double percentile) {
    return Series.round(nanos.getValueAtPercentile(percentile) / 1e6);
  }

  /** Each with the percentile and its milliseconds, denser towards the end. */
  private static JsonArray percentiles(Histogram nanos) {
    JsonArray rows = new JsonArray();
    for (HistogramIterationValue value : nanos.percentiles(STEPS)) {
      rows.add(
          new JsonArray()
              .add(Math.round(value.getPercentileLevelIteratedTo() * 1e5) / 1e5)
              .add(Series.round(value.getValueIteratedTo() / 1e6)));
    }
    return rows;
  }

  private static JsonObject cpu(Run.Window window, long received) {
    JsonObject all = new JsonObject();
    window
        .begin()
        .processes()
        .forEach(
            (name, begin) -> {
              long nanos = window.end().processes().get(name).cpuNanos() - begin.cpuNanos();
              all.put(name, cpu(nanos, received));
            });
    return all.put("generator", cpu(window.end().ownNanos() - window.begin().ownNanos(), received));
  }

  private static JsonObject cpu(long nanos, long received) {
    JsonObject one = new JsonObject().put("seconds", Series.round(nanos / 1e9));
    return received == 0 ? one : one.put("us_each", Series.round(nanos / 1e3 / received));
  }

  /** Resident memory; what a connection takes is the growth from before the first to the end. */
  private static JsonObject memory(
      Map<String, ProcessMeter.Reading> before,
      Map<String, ProcessMeter.Reading> connected,
      Run.Window window,
      int opened) {
    JsonObject all = new JsonObject();
    before.forEach(
        (name, reading) -> {
          long end = window.end().processes().get(name).rssBytes();
          JsonObject one =
              new JsonObject()
                  .put("rss_before", reading.rssBytes())
                  .put("rss_connected", connected.get(name).rssBytes())
                  .put("rss_end", end);
          if (opened > 0) {
            one.put("bytes_per_connection", (end - reading.rssBytes()) / opened);
          }
          all.put(name, one);
        });
    return all;
  }
}
