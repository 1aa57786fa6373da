package io.trunkline.gateway;

import io.trunkline.protocol.BusMessage.GatewayLoad;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * What a gateway knows of the others' connections, and how many of its own are too many. It is sure
 * of itself or does nothing: while it has not heard of every other gateway, while one of them is
 * not ready, and for some seconds after such a time or after one has come or gone, none is.
 *
 * <pre>
 *   even      each has its share, within a tenth           nothing to do
 *   uneven    somebody has a tenth more or less            whoever has more than its share hands over
 *   at last   ... until it has its share, and no more      so what is a little uneven again stays so
 * </pre>
 *
 * <p>Where clients that were moved do not end up elsewhere, for whatever reason, it gives up after
 * a few times as many as it had too many, until all is even or a gateway comes or goes. Time is the
 * caller's, in milliseconds. Not thread safe.
 */
final class Shares {
  /** So far from its share, either way, a gateway may be. */
  private static final double TOLERANCE = 0.1;

  /** Gateways say how they are every {@link Balance#TELL_MILLIS}: some words may get lost. */
  static final long SILENT_MILLIS = 7000;

  /** For clients of a gateway that has gone to come back, and health checks to find a new one. */
  static final long SETTLE_MILLIS = 5000;

  /** A balancer that counts no connections may send every other client back here. */
  private static final int MOST_TIMES = 5;

  private final String self;
  private final Map<String, GatewayLoad> loads = new HashMap<>();
  private final Map<String, Long> heardAt = new HashMap<>();

  /** Those at the last look. */
  private Set<String> gateways = Set.of();

  /** Since when all has been well. */
  private long calmSince;

  /** Begun, and not yet at its share. */
  private boolean handingOver;

  /** How many more may be moved before it gives up; -1 before anything was moved. */
  private long patience = -1;

  Shares(String self, long now) {
    this.self = self;
    this.calmSince = now;
  }

  void heard(GatewayLoad load, long now) {
    loads.put(load.gateway(), load);
    heardAt.put(load.gateway(), now);
  }

  /** So many have been moved since the last look. */
  void moved(long count) {
    if (count > 0) {
      patience = Math.max(0, patience - count);
    }
  }

  /** Whether it has moved so many in vain that it does so no more. */
  boolean hasGivenUp() {
    return patience == 0;
  }

  /**
   * How many connections are to be handed over, 0 for none.
   *
   * @param present the gateways of the cluster, this one among them
   * @param own this gateway's connections
   * @param ready whether this gateway takes newcomers itself
   */
  int surplus(Set<String> present, int own, boolean ready, long now) {
    if (!present.equals(gateways)) {
      gateways = Set.copyOf(present);
      loads.keySet().retainAll(present);
      heardAt.keySet().retainAll(present);
      patience = -1;
      calmSince = now;
    }
    if (!ready || !isSureOfOthers(now)) {
      calmSince = now;
    }
    if (now - calmSince < SETTLE_MILLIS) {
      handingOver = false;
      return 0;
    }
    return surplus(own);
  }

  private boolean isSureOfOthers(long now) {
    return gateways.contains(self)
        && gateways.stream().filter(name -> !name.equals(self)).allMatch(name -> isGood(name, now));
  }

  private boolean isGood(String name, long now) {
    GatewayLoad load = loads.get(name);
    return load != null && load.ready() && now - heardAt.get(name) < SILENT_MILLIS;
  }

  private int surplus(int own) {
    long all = own;
    int least = own;
    int most = own;
    for (GatewayLoad load : loads.values()) {
      if (!load.gateway().equals(self)) {
        all += load.connections();
        least = Math.min(least, load.connections());
        most = Math.max(most, load.connections());
      }
    }
    double mean = (double) all / gateways.size();
    boolean uneven = most > mean * (1 + TOLERANCE) || least < mean * (1 - TOLERANCE);
    int surplus = own - (int) Math.ceil(mean);
    handingOver = surplus > 0 && (handingOver || uneven);
    if (!handingOver) {
      patience = uneven ? patience : -1;
      return 0;
    }
    if (patience < 0) {
      patience = (long) MOST_TIMES * surplus;
    }
    return (int) Math.min(surplus, patience);
  }
}
