package io.trunkline.cli.load;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/** The measured window, second by second. One thread. */
final class Series {
  /**
   * One second.
   *
   * @param at seconds from the window's beginning to this one's end
   * @param rate what was received in it, a second
   */
  record Sample(double at, double rate, double p50, double p99) {
    Sample(double at, double rate, Histogram times) {
      this(at, rate, times.getValueAtPercentile(50) / 1e6, times.getValueAtPercentile(99) / 1e6);
    }

    JsonObject json() {
      return new JsonObject()
          .put("at", round(at))
          .put("received_per_second", round(rate))
          .put("p50_ms", round(p50))
          .put("p99_ms", round(p99));
    }
  }

  private final List<Sample> samples = new ArrayList<>();

  void add(Sample sample) {
    samples.add(sample);
  }

  List<Sample> samples() {
    return samples;
  }

  /** The last second in words. */
  String now() {
    if (samples.isEmpty()) {
      return "";
    }
    Sample last = samples.get(samples.size() - 1);
    return String.format(
        Locale.ROOT, "%.0f/s p50 %.1f ms p99 %.1f ms", last.rate, last.p50, last.p99);
  }

  JsonArray json() {
    JsonArray all = new JsonArray();
    samples.forEach(sample -> all.add(sample.json()));
    return all;
  }

  static double round(double value) {
    return Math.round(value * 1000) / 1000.0;
  }
}
