package io.trunkline.gateway;

import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.BusMessage.Following;
import io.trunkline.protocol.BusMessage.FollowingKnown;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Keeps one session service's picture of what this node follows. One message is on its way at a
 * time; changes that come meanwhile gather and leave together, so the cost of joining and leaving
 * falls as their rate grows. After any doubt it begins anew with everything.
 *
 * <p>Confined to the node's context.
 */
final class DirectoryFeed {
  /** Whose topics these are. */
  interface Owner {
    /** Everything that is followed now. */
    Set<String> topics();

    /** A session service has answered. */
    void heard();

    /** A session service knows us again that was, perhaps, without us for a while. */
    void afterDoubt();
  }

  private static final int MAX_BATCH = 4096;
  private static final long RETRY_MILLIS = 200;
  private static final DeliveryOptions OPTIONS = new DeliveryOptions().setSendTimeout(1000);

  private final Vertx vertx;
  private final String node;
  private final long incarnation;
  private final String service;
  private final Owner owner;

  /**
   * Not sent yet, the latest word for each topic: true for followed. Bounded by the topics of this
   * node.
   */
  private final Map<String, Boolean> changes = new LinkedHashMap<>();

  /** Those who wait until a topic is known, by topic; moved to the batch that carries it. */
  private final Map<String, List<Promise<Void>>> waiting = new LinkedHashMap<>();

  private long sequence;
  private boolean inFlight;
  private boolean reset = true;
  private boolean stopped;

  /**
   * The service may have been without us for a while, and frames may not have come. So it is at
   * first: a service that is new to us may have lost us, in a split or while we stood still, rather
   * than just been started.
   */
  private boolean doubt = true;

  DirectoryFeed(Vertx vertx, String node, long incarnation, String service, Owner owner) {
    this.vertx = vertx;
    this.node = node;
    this.incarnation = incarnation;
    this.service = service;
    this.owner = owner;
  }

  void add(String topic) {
    change(topic, true);
  }

  void remove(String topic) {
    change(topic, false);
  }

  /** Done when the service knows that {@code topic} is followed; at once where that isn't news. */
  Future<Void> whenKnown(String topic) {
    if (stopped || (!reset && !changes.containsKey(topic))) {
      return Future.succeededFuture();
    }
    Promise<Void> known = Promise.promise();
    waiting.computeIfAbsent(topic, name -> new ArrayList<>(1)).add(known);
    return known.future();
  }

  /** A word once in a while, so that the service knows that we are there, and we that it knows. */
  void beat() {
    if (!inFlight) {
      sendBatch();
    }
  }

  /** Sends what there is, unless something is on its way already. */
  void send() {
    if (!inFlight && !stopped && (reset || !changes.isEmpty())) {
      sendBatch();
    }
  }

  void stop() {
    stopped = true;
    changes.clear();
    List<List<Promise<Void>>> all = new ArrayList<>(waiting.values());
    waiting.clear();
    all.forEach(DirectoryFeed::complete);
  }

  private void change(String topic, boolean followed) {
    changes.put(topic, followed);
    vertx.runOnContext(ignored -> send());
  }

  private void sendBatch() {
    boolean first = reset;
    if (first) {
      changes.clear();
      owner.topics().forEach(topic -> changes.put(topic, true));
      reset = false;
    }
    List<String> added = new ArrayList<>();
    List<String> removed = new ArrayList<>();
    List<Promise<Void>> told = new ArrayList<>();
    takeBatch(added, removed, told);
    inFlight = true;
    Following message = new Following(node, incarnation, ++sequence, first, added, removed);
    vertx
        .eventBus()
        .<BusMessage>request(Addresses.directory(service), message, OPTIONS)
        .map(answer -> ((FollowingKnown) answer.body()).inSync())
        .onComplete(inSync -> answered(inSync, told), e -> failed(told));
  }

  private void takeBatch(List<String> added, List<String> removed, List<Promise<Void>> told) {
    Iterator<Map.Entry<String, Boolean>> next = changes.entrySet().iterator();
    while (next.hasNext() && added.size() + removed.size() < MAX_BATCH) {
      Map.Entry<String, Boolean> change = next.next();
      (change.getValue() ? added : removed).add(change.getKey());
      told.addAll(waiting.getOrDefault(change.getKey(), List.of()));
      waiting.remove(change.getKey());
      next.remove();
    }
  }

  private void answered(boolean inSync, List<Promise<Void>> told) {
    inFlight = false;
    owner.heard();
    reset |= !inSync;
    doubt |= !inSync;
    complete(told);
    if (doubt && !reset && changes.isEmpty()) {
      doubt = false;
      owner.afterDoubt();
    }
    send();
  }

  /** It may have been carried out or not: begin anew. */
  private void failed(List<Promise<Void>> told) {
    reset = true;
    doubt = true;
    complete(told);
    vertx.setTimer(
        RETRY_MILLIS,
        id -> {
          inFlight = false;
          send();
        });
  }

  private static void complete(List<Promise<Void>> promises) {
    promises.forEach(Promise::tryComplete);
  }
}
