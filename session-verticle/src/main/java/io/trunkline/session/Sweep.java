package io.trunkline.session;

import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage.Head;
import io.trunkline.protocol.BusMessage.Heads;
import io.vertx.core.Future;
import io.vertx.core.eventbus.EventBus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells gateways how far the topics reach that grew of late, so that one which missed the last
 * frames of a topic finds out though nothing more comes. Costs what the traffic costs: topics at
 * rest, and topics that nobody follows, are not told.
 *
 * <p>Every session service does so, for the gateways that it knows: one of them is enough for a
 * gateway, whomever else it cannot reach.
 */
final class Sweep {
  private static final Logger log = LoggerFactory.getLogger(Sweep.class);

  /** A lost tail is to be noticed within 5 s, also when one sweep fails. */
  static final long INTERVAL_MILLIS = 2000;

  /** So that a message stays below some 100 KB. */
  private static final int MAX_HEADS = 1000;

  private final EventBus bus;
  private final Directory directory;
  private final Supplier<Future<List<Head>>> grownLately;

  /** One sweep at a time, however slow the database is. */
  private boolean running;

  Sweep(EventBus bus, Directory directory, Supplier<Future<List<Head>>> grownLately) {
    this.bus = bus;
    this.directory = directory;
    this.grownLately = grownLately;
  }

  void run() {
    if (running) {
      return;
    }
    running = true;
    grownLately
        .get()
        .onSuccess(this::tell)
        .onFailure(failure -> log.warn("sweep_failed reason={}", failure.getMessage()))
        .onComplete(done -> running = false);
  }

  private void tell(List<Head> heads) {
    byFollower(heads).forEach(this::tell);
  }

  private void tell(String gateway, List<Head> heads) {
    for (int from = 0; from < heads.size(); from += MAX_HEADS) {
      List<Head> part = heads.subList(from, Math.min(from + MAX_HEADS, heads.size()));
      bus.send(Addresses.gateway(gateway), new Heads(List.copyOf(part)));
    }
  }

  private Map<String, List<Head>> byFollower(List<Head> heads) {
    Map<String, List<Head>> byFollower = new HashMap<>();
    for (Head head : heads) {
      for (String gateway : directory.followersOf(head.topic())) {
        byFollower.computeIfAbsent(gateway, name -> new ArrayList<>()).add(head);
      }
    }
    return byFollower;
  }
}
