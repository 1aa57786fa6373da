package io.trunkline.cli.load;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Who had to leave a gateway and when they were back, wave by wave: a wave begins with the first
 * who has to leave, and is over when for a while nobody more had to. Any thread; a connection's end
 * is rare enough for a lock.
 */
final class Waves {
  /** A gateway that drains sends somebody away in each second. */
  private static final long CALM_NANOS = TimeUnit.SECONDS.toNanos(3);

  /** A gateway sends so many away a second though it had fewer; docs/architecture.md. */
  private static final int LEAST_PER_SECOND = 10;

  /** More come by connections that flap, and are told with the last. */
  private static final int MOST_WAVES = 500;

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  /** Those who left one gateway, one after another. */
  static final class Wave {
    private final int gateway;
    private final int connections;
    private final long begun;
    private final Map<String, Integer> ends = new TreeMap<>();
    private long lastEnd;
    private int left;
    private long[] returns = new long[64];
    private int returned;

    private Wave(int gateway, int connections, long begun) {
      this.gateway = gateway;
      this.connections = connections;
      this.begun = begun;
      this.lastEnd = begun;
    }

    private void left(String reason, long now) {
      left++;
      lastEnd = now;
      ends.merge(reason, 1, Integer::sum);
    }

    private void returned(long now) {
      returns = returned == returns.length ? Arrays.copyOf(returns, 2 * returned) : returns;
      returns[returned++] = now;
    }

    /** The most who were back within any second. */
    private int mostInASecond() {
      int most = 0;
      for (int from = 0, to = 0; to < returned; to++) {
        while (returns[to] - returns[from] >= SECOND) {
          from++;
        }
        most = Math.max(most, to - from + 1);
      }
      return most;
    }

    private JsonObject json(long begin, int drainSeconds, String url) {
      JsonObject reasons = new JsonObject();
      ends.forEach(reasons::put);
      JsonObject json =
          new JsonObject()
              .put("gateway", url)
              .put("at", Series.round((begun - begin) / 1e9))
              .put("connections", connections)
              .put("left", left)
              .put("returned", returned)
              .put("most_returned_in_a_second", mostInASecond());
      if (drainSeconds > 0) {
        double each = (double) connections / drainSeconds;
        json.put("planned_per_second", Series.round(Math.max(LEAST_PER_SECOND, each)));
      }
      if (returned > 0) {
        json.put("seconds_until_last", Series.round((returns[returned - 1] - begun) / 1e9));
      }
      return json.put("ends", reasons);
    }
  }

  private final List<Wave> waves = new ArrayList<>();
  private final Wave[] last;
  private final int[] present;

  Waves(int gateways) {
    last = new Wave[gateways];
    present = new int[gateways];
  }

  /** Somebody is connected to a gateway for the first time. */
  synchronized void arrived(int gateway) {
    present[gateway]++;
  }

  /** Somebody who was there has to leave; the wave is to be told when it is back. */
  synchronized Wave left(int gateway, String reason, long now) {
    Wave wave = last[gateway];
    boolean another = wave == null || now - wave.lastEnd > CALM_NANOS;
    if (another && waves.size() < MOST_WAVES) {
      wave = new Wave(gateway, present[gateway], now);
      last[gateway] = wave;
      waves.add(wave);
    } else if (wave == null) {
      wave = waves.get(waves.size() - 1);
    }
    present[gateway]--;
    wave.left(reason, now);
    return wave;
  }

  /** Who left with {@code wave} is at {@code gateway} now. */
  synchronized void returned(Wave wave, int gateway, long now) {
    present[gateway]++;
    wave.returned(now);
  }

  synchronized JsonArray json(long begin, int drainSeconds, List<?> urls) {
    JsonArray all = new JsonArray();
    for (Wave wave : waves) {
      all.add(wave.json(begin, drainSeconds, urls.get(wave.gateway).toString()));
    }
    return all;
  }

  /** How many were back in each second from {@code begin} on, until the last. */
  synchronized JsonArray returnsBySecond(long begin) {
    long[] times =
        waves.stream().flatMapToLong(w -> Arrays.stream(w.returns, 0, w.returned)).toArray();
    int seconds = 0;
    for (long time : times) {
      seconds = Math.max(seconds, (int) ((time - begin) / SECOND) + 1);
    }
    int[] counts = new int[seconds];
    for (long time : times) {
      counts[(int) Math.max(0, (time - begin) / SECOND)]++;
    }
    JsonArray all = new JsonArray();
    Arrays.stream(counts).forEach(all::add);
    return all;
  }
}
