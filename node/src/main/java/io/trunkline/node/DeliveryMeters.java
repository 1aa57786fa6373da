package io.trunkline.node;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.BaseUnits;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** Frames that this node sends to gateways, over all its event loops; see docs/metrics.md. */
public final class DeliveryMeters {
  private final MeterRegistry registry;
  private final Counter confirmed;
  private final Counter lost;
  private final Counter shed;

  /** Bytes that wait or are not confirmed yet. */
  private final LongAdder unconfirmed = new LongAdder();

  private final Gauge unconfirmedBytes;

  public DeliveryMeters(MeterRegistry registry) {
    this.registry = registry;
    confirmed = counter("confirmed");
    lost = counter("lost");
    shed = counter("shed");
    unconfirmedBytes =
        Gauge.builder("trunkline.bus.unconfirmed", unconfirmed, LongAdder::sum)
            .baseUnit(BaseUnits.BYTES)
            .description("Frames for gateways that wait, or that no gateway has confirmed yet")
            .register(registry);
  }

  private Counter counter(String result) {
    return Counter.builder("trunkline.bus.deliveries")
        .description("Frames for gateways, by what became of them")
        .tag("result", result)
        .register(registry);
  }

  /** They are no more, and may be made anew. */
  public void remove() {
    List.of(confirmed, lost, shed, unconfirmedBytes).forEach(registry::remove);
  }

  /** Frames that a gateway has confirmed. */
  public long confirmed() {
    return (long) confirmed.count();
  }

  /** Frames that no gateway has confirmed; the log has them, where there is one. */
  public long lost() {
    return (long) lost.count();
  }

  /** Frames that were not sent, as their gateway is too far behind; as above. */
  public long shed() {
    return (long) shed.count();
  }

  void countConfirmed(int frames) {
    confirmed.increment(frames);
  }

  void countLost(int frames) {
    lost.increment(frames);
  }

  void countShed() {
    shed.increment();
  }

  /** So many bytes came, or went if negative. */
  void count(long bytes) {
    unconfirmed.add(bytes);
  }
}
