package io.trunkline.node;

import io.trunkline.protocol.BusMessage.NodeReport;
import io.trunkline.protocol.BusMessage.NodeSample;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * What a node measured over the last {@value #MOST_SAMPLES} steps of {@value #STEP_MILLIS} ms, for
 * whoever looks at the cluster now. Numbers only, in memory only, and never more than that: some 40
 * KB. What is to be kept is scraped, see docs/metrics.md. Any thread.
 */
public final class History {
  /** Short enough to watch something happen. */
  static final int STEP_MILLIS = 2000;

  /** Five minutes: what led to what one is called for. */
  public static final int MOST_SAMPLES = 150;

  /** Of the series; {@link #values} has the same order. */
  private final List<String> names = new ArrayList<>();

  private final List<LongSupplier> values = new ArrayList<>();
  private final Deque<NodeSample> samples = new ArrayDeque<>();
  private final long startedAt = System.currentTimeMillis();

  History() {}

  /**
   * From now on {@code value} is looked at with every step. Series come when a program starts and
   * go when it ends; the samples taken before are let go, as they lack it. One of the same name is
   * replaced.
   *
   * @param value answers at once, from any thread
   */
  public synchronized void add(String series, LongSupplier value) {
    remove(List.of(series));
    names.add(series);
    values.add(value);
  }

  /** As if they had never been added. */
  public synchronized void remove(List<String> series) {
    for (String name : series) {
      int place = names.indexOf(name);
      if (place >= 0) {
        names.remove(place);
        values.remove(place);
      }
    }
    samples.clear();
  }

  /** The newest samples, at most so many. */
  synchronized NodeReport report(int most) {
    List<Long> now = samples.isEmpty() ? List.of() : samples.getLast().values();
    return new NodeReport(version(), startedAt, STEP_MILLIS, names, now, newest(most));
  }

  private List<NodeSample> newest(int most) {
    List<NodeSample> newest = new ArrayList<>(samples);
    return newest.subList(
        newest.size() - Math.max(0, Math.min(most, newest.size())), newest.size());
  }

  /** Takes a sample with every step, for as long as {@code vertx} runs. */
  void start(Vertx vertx) {
    // On multiples of the step, so that the samples of all nodes have the same times.
    vertx.setTimer(
        STEP_MILLIS - Math.floorMod(System.currentTimeMillis(), STEP_MILLIS),
        due -> {
          take(System.currentTimeMillis());
          start(vertx);
        });
  }

  /** One that comes twice within a step, or after a clock was set back, replaces the last one. */
  synchronized void take(long millis) {
    long at = millis - Math.floorMod(millis, STEP_MILLIS);
    Iterator<NodeSample> newest = samples.descendingIterator();
    while (newest.hasNext() && newest.next().at() >= at) {
      newest.remove();
    }
    samples.addLast(new NodeSample(at, values.stream().map(LongSupplier::getAsLong).toList()));
    if (samples.size() > MOST_SAMPLES) {
      samples.removeFirst();
    }
  }

  /** Of the jar; empty where the classes come from a directory. */
  private static String version() {
    String version = History.class.getPackage().getImplementationVersion();
    return version == null ? "" : version;
  }
}
