package io.trunkline.gateway;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Sends all connections of a gateway away with 4101: as many each second as {@code connections /
 * drain seconds}, and no more of them come back in any second. Each is told a time of its own
 * within the second that follows, so that those of one step do not come back at one moment.
 *
 * <p>A step that is late does not make up for those missed, which would bring more back in a second
 * than planned; the drain takes so much longer instead, some seconds at most.
 */
final class Drain {
  private static final long STEP_MILLIS = 100;

  /** Slower would only prolong the stop of a gateway that has few. */
  private static final int AT_LEAST_PER_SECOND = 10;

  /** Those sent away at one step come back spread over this. */
  private static final int RETRY_MILLIS = 1000;

  /** Prime to the above and far from its fractions: neighbours differ, and by much. */
  private static final int RETRY_STRIDE = 619;

  /** Late by so much in all, a drain sends away at once who is left. */
  private static final long MOST_LATE_MILLIS = 5000;

  /** After the last step, for clients that do not answer our Close; the end of TCP tells them. */
  private static final long PATIENCE_MILLIS = 1000;

  /** After the last connection has ended, for one whose upgrade was under way. */
  private static final long LINGER_MILLIS = 200;

  private final Vertx vertx;
  private final List<Instance> instances;
  private final long planMillis;
  private final long begun = System.nanoTime();

  /** Steps so far; they follow one another. */
  private long steps;

  /** Where the next client's retry time is; somewhere else on each gateway. */
  private final AtomicInteger sentAway =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(RETRY_MILLIS));

  private volatile boolean stopped;

  Drain(Vertx vertx, List<Instance> instances, int drainSeconds) {
    this.vertx = vertx;
    this.instances = instances;
    this.planMillis = planMillis(connections(), drainSeconds);
  }

  /** Done when the last connection has ended, or will not in good time; never fails. */
  Future<Void> run() {
    return step();
  }

  /** Whoever is still there stays. Any thread. */
  void stop() {
    stopped = true;
  }

  /** In which time so many are sent away. */
  static long planMillis(int connections, int drainSeconds) {
    return Math.min(drainSeconds * 1000L, connections * 1000L / AT_LEAST_PER_SECOND);
  }

  /** Of the connections there were, the part that stays beyond the step at {@code elapsed}. */
  static double mayStay(long elapsedMillis, long planMillis) {
    long until = elapsedMillis + STEP_MILLIS;
    return until >= planMillis ? 0 : 1 - (double) until / planMillis;
  }

  private Future<Void> step() {
    if (stopped) {
      return Future.succeededFuture();
    }
    if (isTooLate()) {
      steps = Math.max(steps, planMillis / STEP_MILLIS);
    }
    long elapsed = steps * STEP_MILLIS;
    if (elapsed > planMillis + PATIENCE_MILLIS) {
      return Future.succeededFuture();
    }
    if (connections() == 0) {
      return vertx
          .timer(LINGER_MILLIS, TimeUnit.MILLISECONDS)
          .compose(tick -> connections() == 0 ? Future.succeededFuture() : step());
    }
    double part = mayStay(elapsed, planMillis);
    steps++;
    instances.forEach(i -> i.loop().execute(() -> sendAway(i, part)));
    return vertx.timer(STEP_MILLIS, TimeUnit.MILLISECONDS).compose(tick -> step());
  }

  private void sendAway(Instance instance, double mayStay) {
    if (!stopped) {
      instance.drain(this, mayStay, this::retryReason);
    }
  }

  private boolean isTooLate() {
    long passed = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
    return passed - steps * STEP_MILLIS > MOST_LATE_MILLIS;
  }

  private int connections() {
    return instances.stream().mapToInt(Instance::connectionsOpen).sum();
  }

  /** Another for each client, until all are taken. */
  private String retryReason() {
    int millis = Math.floorMod(sentAway.getAndAdd(RETRY_STRIDE), RETRY_MILLIS);
    return "{\"retry_after_ms\":" + millis + "}";
  }
}
