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

  /** Of {@link #changes}, so many from the front are the rest of a reset. */
  private int restOfReset;

  /** Those who wait until a topic is known, by topic; moved to the batch that carries it. */
  private final Map<String, List<Promise<Void>>> waiting = new LinkedHashMap<>();

  /** The batch that is on its way, and who waits for its answer. */
  private Set<String> batch = Set.of();

  private List<Promise<Void>> waitingForBatch = new ArrayList<>();

  private long sequence;
  private boolean inFlight;
  private boolean reset = true;
  private boolean stopped;

  /** The last word was not answered: nobody waits for the next, it may take as long. */
  private boolean silent;

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

  /**
   * Done when the service knows that {@code topic} is followed; at once where that isn't news, or
   * where the service does not answer.
   */
  Future<Void> whenKnown(String topic) {
    Promise<Void> known = Promise.promise();
    if (stopped || silent) {
      known.complete();
    } else if (reset || changes.containsKey(topic)) {
      waiting.computeIfAbsent(topic, name -> new ArrayList<>(1)).add(known);
    } else if (batch.contains(topic)) {
      waitingForBatch.add(known);
    } else {
      known.complete();
    }
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
    letAllGo();
  }

  private void letAllGo() {
    List<List<Promise<Void>>> all = new ArrayList<>(waiting.values());
    waiting.clear();
    all.forEach(DirectoryFeed::completed);
  }

  private void change(String topic, boolean followed) {
    changes.put(topic, followed);
    vertx.runOnContext(ignored -> send());
  }

  private void sendBatch() {
    boolean first = reset;
    if (first) {
      beginAnew();
    }
    List<String> added = new ArrayList<>();
    List<String> removed = new ArrayList<>();
    takeBatch(added, removed);
    inFlight = true;
    Following message = new Following(node, incarnation, ++sequence, first, added, removed);
    vertx
        .eventBus()
        .<BusMessage>request(Addresses.directory(service), message, OPTIONS)
        .map(answer -> ((FollowingKnown) answer.body()).inSync())
        .onComplete(inSync -> answered(inSync), e -> failed());
  }

  private void beginAnew() {
    reset = false;
    changes.clear();
    owner.topics().forEach(topic -> changes.put(topic, true));
    restOfReset = changes.size();
    waiting
        .entrySet()
        .removeIf(those -> !changes.containsKey(those.getKey()) && completed(those.getValue()));
  }

  private void takeBatch(List<String> added, List<String> removed) {
    Iterator<Map.Entry<String, Boolean>> next = changes.entrySet().iterator();
    while (next.hasNext() && added.size() + removed.size() < MAX_BATCH) {
      Map.Entry<String, Boolean> change = next.next();
      (change.getValue() ? added : removed).add(change.getKey());
      waitingForBatch.addAll(waiting.getOrDefault(change.getKey(), List.of()));
      waiting.remove(change.getKey());
      next.remove();
    }
    batch = Set.copyOf(added);
    restOfReset = Math.max(0, restOfReset - added.size() - removed.size());
  }

  private void answered(boolean inSync) {
    inFlight = false;
    silent = false;
    owner.heard();
    reset |= !inSync;
    doubt |= !inSync;
    completeBatch();
    if (doubt && !reset && restOfReset == 0) {
      doubt = false;
      owner.afterDoubt();
    }
    send();
  }

  /** It may have been carried out or not: begin anew. */
  private void failed() {
    reset = true;
    doubt = true;
    silent = true;
    completeBatch();
    letAllGo();
    vertx.setTimer(
        RETRY_MILLIS,
        id -> {
          inFlight = false;
          send();
        });
  }

  /** Also where it failed: who waits reads the log then, and after the reset once more. */
  private void completeBatch() {
    List<Promise<Void>> those = waitingForBatch;
    waitingForBatch = new ArrayList<>();
    batch = Set.of();
    completed(those);
  }

  private static boolean completed(List<Promise<Void>> promises) {
    promises.forEach(Promise::tryComplete);
    return true;
  }
}
