package io.trunkline.session;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.trunkline.node.DeliveryMeters;
import io.trunkline.node.History;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a session service counts, over all its event loops; see docs/metrics.md. */
final class Counters {
  private final MeterRegistry registry;
  private final DeliveryMeters deliveries;
  private final Counter repeats;
  private final Counter found;
  private final Counter notFound;
  private final Counter resumed;
  private final Counter notResumed;
  private final Map<String, Counter> corrections;
  private final DatabaseMeters database;

  /** Requests of clients and gateways that are not answered yet. */
  private final LongAdder inHand = new LongAdder();

  Counters(MeterRegistry registry) {
    this.registry = registry;
    deliveries = new DeliveryMeters(registry);
    repeats =
        Counter.builder("trunkline.repeats.recognised")
            .description("Requests whose id was stored already; they got the same ack")
            .register(registry);
    String lookUps = "Sessions that were looked up";
    found = counter("trunkline.session.lookups", lookUps, "result", "valid");
    notFound = counter("trunkline.session.lookups", lookUps, "result", "expired");
    String resumes = "Readers that began at an offset, or at their cursor";
    resumed = counter("trunkline.resumes", resumes, "recovered", "true");
    notResumed = counter("trunkline.resumes", resumes, "recovered", "false");
    corrections = corrections();
    database = new DatabaseMeters(registry);
    Gauge.builder("trunkline.requests.in.hand", inHand, LongAdder::sum)
        .description("Requests that are not answered yet")
        .register(registry);
  }

  /** What the console shows of a session service, see docs/server-api.md. */
  void addTo(History history) {
    history.add("requests_in_hand", inHand::sum);
    history.add("database_busy", database.busy::sum);
    history.add("database_waiting", database.waiting::sum);
    history.add("frames_confirmed", deliveries::confirmed);
    history.add("frames_lost", deliveries::lost);
    history.add("frames_shed", deliveries::shed);
  }

  /** They are there before anything happens, so that the first time is seen as a rise. */
  private Map<String, Counter> corrections() {
    String text = "Times that the picture of who follows what had to be put right";
    return Stream.of(Directory.OUT_OF_SYNC, Directory.LEFT, Directory.SILENT, Directory.RESTARTED)
        .collect(
            Collectors.toUnmodifiableMap(
                cause -> cause,
                cause -> counter("trunkline.presence.corrections", text, "cause", cause)));
  }

  private Counter counter(String name, String text, String label, String value) {
    return Counter.builder(name).description(text).tag(label, value).register(registry);
  }

  DeliveryMeters deliveries() {
    return deliveries;
  }

  /** An id was stored already. */
  void repeated() {
    repeats.increment();
  }

  void lookedUp(boolean valid) {
    (valid ? found : notFound).increment();
  }

  /** A reader goes on from where it was, or not. */
  void resumed(boolean recovered) {
    (recovered ? resumed : notResumed).increment();
  }

  /** What the directory had of a gateway had to be put right; one of its causes. */
  void corrected(String cause) {
    corrections.get(cause).increment();
  }

  DatabaseMeters database() {
    return database;
  }

  LongAdder inHand() {
    return inHand;
  }
}
