package io.trunkline.node;

import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.BusMessage.Deliver;
import io.trunkline.protocol.BusMessage.DeliverTraced;
import io.trunkline.protocol.BusMessage.Delivery;
import io.trunkline.protocol.BusMessage.Head;
import io.trunkline.protocol.BusMessage.Heads;
import io.trunkline.protocol.BusMessage.Traced;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.MessageProducer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is on its way from one event loop to one gateway, in batches. Now and then the gateway is
 * asked to confirm everything that was sent since it was asked last, so that a gateway that hangs
 * costs us {@link #MAX_BYTES} and no more: the bus itself would buffer without a bound. Not each
 * batch is confirmed, as that would cost as much as the batch.
 *
 * <pre>
 *   add -> queue -> batch, while fewer than MAX_IN_FLIGHT questions are open
 *    |               \-> unasked -> question, after ASK_MILLIS or ASK_BYTES -> confirmed or lost
 *    \-> shed, where the queue and what is unconfirmed would exceed MAX_BYTES
 * </pre>
 *
 * <p>A confirmation says that the gateway took what came after the question before. When the
 * connection between two nodes breaks, batches may be lost and a later question be confirmed over
 * the next connection; most such batches fail to be written and are in doubt for that, and for the
 * rest there are the holes that a gateway sees and the sweep.
 */
public final class Peer {
  private static final Logger log = LoggerFactory.getLogger(Peer.class);

  /** Beyond 64 small frames a batch gets no cheaper for each. */
  static final int MAX_BATCH_FRAMES = 64;

  /** A batch of large frames should not hold up the bus connection for long. */
  static final int MAX_BATCH_BYTES = 256 * 1024;

  /** Questions; enough to keep a gateway busy while confirmations are on their way back. */
  static final int MAX_IN_FLIGHT = 4;

  /** Fifty questions a second cost little, and nobody waits for the answer. */
  private static final long ASK_MILLIS = 20;

  /** What may be sent without a question; with {@link #MAX_IN_FLIGHT} a megabyte unconfirmed. */
  private static final int ASK_BYTES = 256 * 1024;

  /** Queue and unconfirmed batches; with some tens of gateways it fits in a small heap. */
  public static final int MAX_BYTES = 8 * 1024 * 1024;

  /** Confirmations take a millisecond; who is later than this is in trouble. */
  static final long CONFIRM_TIMEOUT_MILLIS = 2000;

  /** Between two words about what is in doubt; lost tails are to be noticed within 5 s. */
  private static final long TELL_MILLIS = 500;

  private static final int MAX_HEADS = 1000;

  /** Beyond this the sweep has to do. */
  private static final int MAX_DOUBTED = 20_000;

  /** What a delivery costs beside its frame and its topic's name. */
  private static final int OVERHEAD_BYTES = 64;

  private static final DeliveryOptions OPTIONS =
      new DeliveryOptions().setSendTimeout(CONFIRM_TIMEOUT_MILLIS);

  private final Peers peers;
  private final String gateway;
  private final Queue<Delivery> queue = new ArrayDeque<>();

  /** The trace contexts of what is traced in the queue, by identity. */
  private final IdentityHashMap<Delivery, String> traced = new IdentityHashMap<>(2);

  private final MessageProducer<BusMessage> producer;

  /** Of the queue and of what is unconfirmed. */
  private int bytes;

  /** Sent since the gateway was asked last. */
  private List<Delivery> unasked = new ArrayList<>();

  private int unaskedBytes;

  /** A question will be asked within {@link #ASK_MILLIS}. */
  private boolean askingLater;

  /** Questions without an answer. */
  private int inFlight;

  /** A pump is to run at the end of this tick, so that what one commit brought leaves together. */
  private boolean scheduled;

  /** Topics of which the gateway may lack something, and up to where they reach. */
  private final Map<String, Long> doubted = new HashMap<>();

  /** A word about what is in doubt is under way or about to be. */
  private boolean telling;

  /** Whether this has been logged: once is enough until the queue has been empty. */
  private boolean shedding;

  Peer(Peers peers, String gateway) {
    this.peers = peers;
    this.gateway = gateway;
    this.producer = peers.bus().sender(Addresses.gateway(gateway));
  }

  String gateway() {
    return gateway;
  }

  void add(Delivery delivery, String traceparent) {
    int size = size(delivery);
    if (bytes + size > MAX_BYTES) {
      shed(delivery);
    } else {
      count(size);
      queue.add(delivery);
      if (traceparent != null) {
        traced.put(delivery, traceparent);
      }
    }
    schedule();
  }

  private void schedule() {
    if (!scheduled) {
      scheduled = true;
      peers
          .context()
          .runOnContext(
              tick -> {
                scheduled = false;
                pump();
              });
    }
  }

  private void pump() {
    if (!queue.isEmpty() && !peers.reaches(gateway)) {
      giveUp();
    }
    while (!queue.isEmpty() && inFlight < MAX_IN_FLIGHT) {
      sendBatch();
    }
    if (queue.isEmpty()) {
      shedding = false;
      if (inFlight == 0 && unasked.isEmpty() && doubted.isEmpty()) {
        peers.idle(this);
      }
    }
  }

  private void sendBatch() {
    List<Delivery> batch = new ArrayList<>();
    int size = 0;
    do {
      Delivery delivery = queue.remove();
      batch.add(delivery);
      size += size(delivery);
    } while (batch.size() < MAX_BATCH_FRAMES && size < MAX_BATCH_BYTES && !queue.isEmpty());
    unasked.addAll(batch);
    unaskedBytes += size;
    if (unaskedBytes >= ASK_BYTES) {
      ask(message(batch));
    } else {
      producer.write(message(batch)).onFailure(failure -> batch.forEach(this::doubt));
      askLater();
    }
  }

  private void askLater() {
    if (!askingLater) {
      askingLater = true;
      peers
          .context()
          .owner()
          .setTimer(
              ASK_MILLIS,
              timer -> {
                askingLater = false;
                if (!unasked.isEmpty()) {
                  ask(new Deliver(List.of()));
                }
              });
    }
  }

  /** Sends the message so that the gateway confirms it and what came before. */
  private void ask(BusMessage message) {
    List<Delivery> asked = unasked;
    int size = unaskedBytes;
    unasked = new ArrayList<>();
    unaskedBytes = 0;
    inFlight++;
    peers
        .bus()
        .request(Addresses.gateway(gateway), message, OPTIONS)
        .onFailure(failure -> lost(asked, failure))
        .onSuccess(confirmed -> peers.meters().countConfirmed(asked.size()))
        .onComplete(ended -> ended(size));
  }

  private BusMessage message(List<Delivery> batch) {
    if (traced.isEmpty()) {
      return new Deliver(batch);
    }
    List<Traced> known = new ArrayList<>();
    for (int i = 0; i < batch.size(); i++) {
      String traceparent = traced.remove(batch.get(i));
      if (traceparent != null) {
        known.add(new Traced(i, traceparent));
      }
    }
    return known.isEmpty() ? new Deliver(batch) : new DeliverTraced(batch, known);
  }

  private void ended(int size) {
    inFlight--;
    count(-size);
    pump();
  }

  private void lost(List<Delivery> batch, Throwable failure) {
    peers.meters().countLost(batch.size());
    batch.forEach(this::doubt);
    log.warn(
        "deliveries_lost gateway={} frames={} reason={}",
        gateway,
        batch.size(),
        failure.getMessage());
  }

  /** It is not there any more; should it come back it compares all that it follows with the log. */
  private void giveUp() {
    log.warn("deliveries_dropped gateway={} frames={} reason=gone", gateway, queue.size());
    peers.meters().countLost(queue.size());
    queue.forEach(delivery -> count(-size(delivery)));
    queue.clear();
    traced.clear();
    doubted.clear();
  }

  /** The latest goes: what is queued is older, and the log has both. */
  private void shed(Delivery delivery) {
    peers.meters().countShed();
    doubt(delivery);
    if (!shedding) {
      shedding = true;
      log.warn("deliveries_shed gateway={} bytes={}", gateway, bytes);
    }
  }

  // What the gateway may not have: it is told how far the topic reaches until it confirms that

  private void doubt(Delivery delivery) {
    if (delivery.offset() > 0 && doubted.size() < MAX_DOUBTED) {
      doubted.merge(delivery.topic(), delivery.offset(), Math::max);
      tellLater();
    }
  }

  private void tellLater() {
    if (!telling) {
      telling = true;
      peers.context().owner().setTimer(TELL_MILLIS, timer -> tell());
    }
  }

  private void tell() {
    telling = false;
    List<Head> heads =
        doubted.entrySet().stream()
            .limit(MAX_HEADS)
            .map(entry -> new Head(entry.getKey(), entry.getValue()))
            .toList();
    if (heads.isEmpty() || !peers.reaches(gateway)) {
      doubted.clear();
      schedule();
      return;
    }
    telling = true;
    peers
        .bus()
        .request(Addresses.gateway(gateway), new Heads(heads), OPTIONS)
        .onSuccess(confirmed -> heads.forEach(h -> doubted.remove(h.topic(), h.offset())))
        .onComplete(
            ended -> {
              telling = false;
              tellLater();
            });
  }

  private void count(int size) {
    bytes += size;
    peers.meters().count(size);
  }

  private static int size(Delivery delivery) {
    return delivery.topic().length() + delivery.frame().length + OVERHEAD_BYTES;
  }
}
