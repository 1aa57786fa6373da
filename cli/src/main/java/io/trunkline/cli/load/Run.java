package io.trunkline.cli.load;

import io.netty.channel.EventLoop;
import io.trunkline.cli.Exit;
import io.trunkline.cli.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * One scenario from its first connection to its last: connect, warm up, measure, drain, close. Each
 * phase has an end, whatever the server does. Blocks; one thread beside the lanes.
 */
public final class Run {
  /** Whoever looks on. */
  public interface Watch {
    /**
     * Some times a second.
     *
     * @param done from 0 to 1
     */
    void see(String phase, double done, String figures);
  }

  /** So long nothing more has come of what is still under way: then it does not come. */
  private static final Duration QUIET = Duration.ofSeconds(5);

  /** For connections that are still under way, and then for messages, however slowly they come. */
  private static final Duration GRACE = Duration.ofSeconds(60);

  /** For a generator that is late. */
  private static final Duration FIRE_GRACE = Duration.ofSeconds(20);

  /** Between connecting and the load: what came with the connections is over. */
  private static final Duration SETTLE = Duration.ofMillis(200);

  private static final Duration CLOSE = Duration.ofMillis(300);
  private static final long SAMPLE_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private final Scenario scenario;
  private final Plan plan;
  private final Load load;
  private final Watch watch;
  private final ProcessMeter meter;
  private final Counts counts = new Counts();
  private final List<Lane> lanes = new ArrayList<>();
  private final List<Pace> paces = new ArrayList<>();
  private final Series series = new Series();
  private final Histogram arrivals = Latencies.histogram();
  private final Histogram acks = Latencies.histogram();
  private final Histogram lags = Latencies.histogram();

  private Run(Scenario scenario, Plan plan, Watch watch) {
    String name = "bench-" + Long.toString(ThreadLocalRandom.current().nextLong(1L << 40), 36);
    this.scenario = scenario;
    this.plan = plan;
    this.watch = watch;
    this.load = scenario.load(plan, name);
    this.meter = new ProcessMeter(plan.pids());
    if (plan.inFlight() > 0 && !load.canBeClosed()) {
      throw new Failure(Exit.USAGE, "--in-flight: " + scenario + " has a rate alone");
    }
  }

  /** How long its sessions live: longer than any run. */
  static int ttl(Plan plan) {
    double connecting = plan.connections() / plan.connectRate();
    return (int) (600 + connecting + plan.warmupSeconds() + plan.seconds());
  }

  /** Blocks until it is over. */
  public static Result of(Scenario scenario, Plan plan, Accounts accounts, Watch watch) {
    return new Run(scenario, plan, watch).run(accounts);
  }

  private Result run(Accounts accounts) {
    Instant began = Instant.now();
    Gateways gateways =
        Gateways.of(plan.gateways(), plan.connections(), plan.sources(), plan.remote());
    checkDescriptors();
    try (Loops loops = new Loops(plan.lanes())) {
      for (EventLoop loop : loops.all()) {
        lanes.add(new Lane(loop, loops.channels(), gateways, counts, new Latencies()));
      }
      watch.see("prepare", 0, "sessions");
      load.prepare(accounts, lanes);
      Map<String, ProcessMeter.Reading> before = meter.read();
      connect();
      Map<String, ProcessMeter.Reading> connected = meter.read();
      Window window = measure();
      drain();
      load.over();
      load.close();
      pause(CLOSE);
      // The lanes have ended when the checks are read.
      loops.close();
      collect();
      return new Result(
          scenario,
          plan,
          began,
          gateways.sources(),
          load,
          counts,
          before,
          connected,
          window,
          series,
          arrivals,
          acks,
          lags,
          load.verdict(counts));
    }
  }

  /** What the measured window began and ended with. */
  record Window(Reading begin, Reading end) {
    double seconds() {
      return (end.at() - begin.at()) / 1e9;
    }

    long received() {
      return end.received() - begin.received();
    }
  }

  /** At one moment. */
  record Reading(
      long at,
      long sent,
      long received,
      Map<String, ProcessMeter.Reading> processes,
      long ownNanos) {}

  private Reading reading() {
    return new Reading(
        System.nanoTime(),
        counts.sent.sum(),
        counts.received.sum(),
        meter.read(),
        ProcessMeter.own().cpuNanos());
  }

  private void checkDescriptors() {
    if (java.lang.management.ManagementFactory.getOperatingSystemMXBean()
        instanceof com.sun.management.UnixOperatingSystemMXBean unix) {
      long room = unix.getMaxFileDescriptorCount() - 200;
      if (plan.connections() > room) {
        throw new Failure(
            Exit.USAGE,
            "--connections: at most "
                + room
                + " here, as `ulimit -n` allows; was "
                + plan.connections());
      }
    }
  }

  private void connect() {
    int count = load.connections();
    if (count == 0) {
      return;
    }
    long begin = System.nanoTime();
    long nanos = (long) (count / plan.connectRate() * 1e9);
    for (int i = 0; i < lanes.size(); i++) {
      Lane lane = lanes.get(i);
      Pace.Shot shot =
          (number, due) -> {
            if (number < count) {
              load.open(number, lane);
            }
          };
      new Pace(
              lane,
              shot,
              plan.connectRate(),
              tick(),
              begin,
              begin + nanos,
              i,
              lanes.size(),
              () -> {})
          .start();
    }
    Patience patience = new Patience(nanos);
    while (load.connectedSoFar() + load.failedSoFar() < count
        && patience.lasts(load.connectedSoFar())) {
      int so = load.connectedSoFar();
      watch.see("connect", (double) so / count, so + " of " + count);
      sleep(LOOK_NANOS);
    }
    if (load.connectedSoFar() == 0) {
      throw new Failure(
          Exit.UNAVAILABLE, "none of " + count + " connections was let in: " + counts.failures());
    }
    pause(SETTLE);
  }

  private Window measure() {
    long begin = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(20);
    long from = begin + TimeUnit.SECONDS.toNanos(load.warmupSeconds());
    long until = from + (long) (load.seconds() * 1e9);
    lanes.forEach(lane -> lane.latencies.window(from, until));
    CountDownLatch firing = fire(begin, until);
    look("warm up", begin, from, false);
    Reading first = reading();
    begun();
    look("measure", from, until, true);
    paces.forEach(pace -> pace.endAt(Math.min(until, System.nanoTime())));
    load.fired();
    Reading last = reading();
    awaitFired(firing);
    return new Window(first, last);
  }

  private CountDownLatch fire(long begin, long until) {
    int firing = plan.inFlight() > 0 ? 0 : load.firingLanes();
    CountDownLatch done = new CountDownLatch(firing);
    if (plan.inFlight() > 0) {
      load.startClosed(lanes);
    }
    for (int i = 0; i < firing; i++) {
      Lane lane = lanes.get(i);
      Pace.Shot shot = (number, due) -> load.fire(number, due, lane);
      paces.add(
          new Pace(lane, shot, plan.rate(), tick(), begin, until, i, firing, done::countDown));
    }
    paces.forEach(Pace::start);
    return done;
  }

  private long tick() {
    return TimeUnit.MICROSECONDS.toNanos(plan.tickMicros());
  }

  private void begun() {
    if (plan.began() != null) {
      try {
        Files.createFile(plan.began());
      } catch (IOException e) {
        throw new Failure(Exit.BAD_SETTING, "--began: cannot make " + e.getMessage());
      }
    }
  }

  private boolean isToEnd() {
    return plan.until() != null && Files.exists(plan.until());
  }

  /** On a machine that is late the last ones are, too. */
  private static void awaitFired(CountDownLatch firing) {
    try {
      if (!firing.await(FIRE_GRACE.toSeconds(), TimeUnit.SECONDS)) {
        throw new Failure(
            Exit.UNAVAILABLE, "the generator does not keep up with --rate on this machine");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Exit.UNAVAILABLE, "interrupted");
    }
  }

  private void look(String phase, long from, long until, boolean sampled) {
    long sampledAt = from;
    long before = counts.received.sum();
    while (System.nanoTime() - until < 0 && !(sampled && isToEnd())) {
      sleep(Math.min(LOOK_NANOS, Math.max(1, until - System.nanoTime())));
      long now = System.nanoTime();
      long since = now - sampledAt;
      boolean due = since >= SAMPLE_NANOS || (now - until >= 0 && since >= SAMPLE_NANOS / 2);
      if (sampled && due) {
        long received = counts.received.sum();
        double rate = (received - before) * 1e9 / since;
        series.add(new Series.Sample((now - from) / 1e9, rate, collect()));
        before = received;
        sampledAt = now;
      }
      double done = (double) (now - from) / Math.max(1, until - from);
      watch.see(phase, Math.min(1, done), series.now());
    }
  }

  /** Takes what the lanes have recorded; the arrivals among it. */
  private Histogram collect() {
    Histogram interval = Latencies.histogram();
    for (Lane lane : lanes) {
      lane.latencies.drainTo(interval, acks, lags);
    }
    arrivals.add(interval);
    return interval;
  }

  private void drain() {
    Patience patience = new Patience(0);
    while (!load.isSettled(counts) && patience.lasts(counts.received.sum() + counts.acked.sum())) {
      watch.see("drain", 0, series.now());
      sleep(LOOK_NANOS / 4);
    }
  }

  /** Waits while something comes, and not for ever. */
  private static final class Patience {
    private final long until;
    private long quietUntil;
    private long last;

    /** It need not begin for {@code nanos}. */
    Patience(long nanos) {
      long now = System.nanoTime();
      until = now + nanos + GRACE.toNanos();
      quietUntil = now + nanos + QUIET.toNanos();
    }

    boolean lasts(long count) {
      long now = System.nanoTime();
      if (count != last) {
        last = count;
        quietUntil = Math.max(quietUntil, now + QUIET.toNanos());
      }
      return now - until < 0 && now - quietUntil < 0;
    }
  }

  private static void pause(Duration time) {
    sleep(time.toNanos());
  }

  private static void sleep(long nanos) {
    try {
      TimeUnit.NANOSECONDS.sleep(nanos);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Exit.UNAVAILABLE, "interrupted");
    }
  }
}
