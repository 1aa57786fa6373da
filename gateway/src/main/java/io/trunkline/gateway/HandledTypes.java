package io.trunkline.gateway;

import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.BusMessage.OwnsType;
import io.trunkline.protocol.BusMessage.TellTypes;
import io.trunkline.protocol.BusMessage.Terms;
import io.trunkline.protocol.BusMessage.TypeAnnounced;
import io.trunkline.protocol.BusMessage.TypeGone;
import io.trunkline.protocol.BusMessage.TypeOwned;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The types that handlers outside the session service have announced, and their terms. Types of the
 * session service are never among them: it is asked before one gets in. Changed on the node's
 * context, read by all event loops.
 */
final class HandledTypes {
  private static final Logger log = LoggerFactory.getLogger(HandledTypes.class);

  /** Whoever has more than a handful of types puts a field into one of them. */
  static final int MOST_TYPES = 256;

  /** Of one type; each says every 2 s that it is there. */
  private static final int MOST_INSTANCES = 256;

  /** Who has not said so three times in a row, and half a second late the third time, is gone. */
  private static final long SILENCE_NANOS =
      TimeUnit.MILLISECONDS.toNanos(3 * Addresses.ANNOUNCE_MILLIS + 500);

  private static final long SWEEP_MILLIS = 1000;
  private static final DeliveryOptions ASK = new DeliveryOptions().setSendTimeout(2000);

  private final Vertx vertx;
  private final SchemaCheck schemas;

  /** Each announced type's live handlers by instance; never an empty map. On the context. */
  private final Map<String, Map<String, Heard>> instances = new HashMap<>();

  /** Those about which somebody is being asked. On the context. */
  private final Set<String> asking = new HashSet<>();

  /** Terms that cannot be kept to, by digest; each was logged once. On the context. */
  private final Set<String> unusable = new HashSet<>();

  /** Had a handler once: when it has none, the type is unknown and not only away. Any thread. */
  private final Set<String> ever = ConcurrentHashMap.newKeySet();

  /** The different terms of each type's handlers. Replaced whole. */
  private volatile Map<String, List<Held>> terms = Map.of();

  /** What one handler said, and when, of {@link System#nanoTime}. */
  private record Heard(Held held, long at) {}

  /** Terms and their digest. */
  record Held(Terms terms, String digest) {}

  HandledTypes(Vertx vertx) {
    this.vertx = vertx;
    this.schemas = new SchemaCheck(vertx);
    vertx.setPeriodic(SWEEP_MILLIS, timer -> sweep());
  }

  /** Nobody waits 2 s for the first word. */
  void ask() {
    vertx.eventBus().publish(Addresses.HANDLERS, new TellTypes());
  }

  /** Null where no handler has announced the type; a frame must meet all of these. Any thread. */
  List<Held> terms(String type) {
    return terms.get(type);
  }

  /** Whether a handler has ever announced this type. Any thread. */
  boolean wasAnnounced(String type) {
    return ever.contains(type);
  }

  void announced(TypeAnnounced word) {
    Map<String, Heard> known = instances.get(word.type());
    Heard before = known == null ? null : known.get(word.instance());
    String digest = word.terms().digest();
    if (before != null && before.held().digest().equals(digest)) {
      known.put(word.instance(), new Heard(before.held(), System.nanoTime()));
    } else if (!unusable.contains(digest) && hasRoom(word, known) && asking.add(key(word))) {
      Future.all(foreign(word.type()), schemas.usable(word.terms().schema()))
          .onComplete(
              asked -> {
                if (!asking.remove(key(word))) {
                  return; // it has gone meanwhile
                }
                if (asked.succeeded()) {
                  add(word, new Held(word.terms(), digest));
                } else if (asked.cause() instanceof IllegalArgumentException bad) {
                  unusable.add(digest);
                  log.error("type_refused type={} reason={}", word.type(), bad.getMessage());
                }
              });
    }
  }

  void gone(TypeGone word) {
    asking.remove(word.type() + ' ' + word.instance());
    Map<String, Heard> known = instances.get(word.type());
    if (known != null && known.remove(word.instance()) != null) {
      publish(word.type());
    }
  }

  private static String key(TypeAnnounced word) {
    return word.type() + ' ' + word.instance();
  }

  private boolean hasRoom(TypeAnnounced word, Map<String, Heard> known) {
    boolean room = known == null ? instances.size() < MOST_TYPES : known.size() < MOST_INSTANCES;
    if (!room) {
      log.warn("type_ignored type={} reason=too_many", word.type());
    }
    return room && unusable.size() < MOST_TYPES;
  }

  /** The session service's own types are nobody else's. */
  private Future<Void> foreign(String type) {
    return vertx
        .eventBus()
        .<BusMessage>request(Addresses.SESSIONS, new OwnsType(type), ASK)
        .compose(
            answer ->
                answer.body() instanceof TypeOwned owned && !owned.owned()
                    ? Future.succeededFuture()
                    : Future.failedFuture("owned by the session service"));
  }

  private void add(TypeAnnounced word, Held held) {
    instances
        .computeIfAbsent(word.type(), type -> new HashMap<>())
        .put(word.instance(), new Heard(held, System.nanoTime()));
    if (ever.size() < MOST_TYPES) {
      ever.add(word.type());
    }
    publish(word.type());
  }

  private void sweep() {
    long now = System.nanoTime();
    for (String type : List.copyOf(instances.keySet())) {
      if (instances.get(type).values().removeIf(heard -> now - heard.at() > SILENCE_NANOS)) {
        publish(type);
      }
    }
  }

  /** Lets the event loops see what is so of {@code type}. */
  private void publish(String type) {
    Map<String, Heard> live = instances.get(type);
    Map<String, List<Held>> next = new HashMap<>(terms);
    if (live.isEmpty()) {
      instances.remove(type);
      next.remove(type);
    } else {
      Map<String, Held> different = new HashMap<>();
      live.values().forEach(heard -> different.put(heard.held().digest(), heard.held()));
      next.put(type, List.copyOf(different.values()));
    }
    boolean same = terms.keySet().equals(next.keySet());
    terms = Map.copyOf(next);
    if (!same) {
      log.info("{} type={}", live.isEmpty() ? "type_gone" : "type_announced", type);
    }
  }
}
