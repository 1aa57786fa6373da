package io.trunkline.gateway;

import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.BusMessage.NumberedReply;
import io.trunkline.protocol.BusMessage.Replies;
import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.BusMessage.Request;
import io.trunkline.protocol.BusMessage.Requests;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import java.util.ArrayList;
import java.util.List;

/**
 * Requests of this event loop on their way to the session services. What one turn of the loop asks
 * leaves as one message of the bus, and what is answered together comes back as one: for each
 * message the bus costs some system calls and changes of thread on either side, whatever stands in
 * it. A request that is alone leaves at once. Only where a loop asks for more than {@link
 * #BUSY_FROM} in {@link #WINDOW_NANOS} a batch waits until {@link #GATHER_NANOS} after the one
 * before.
 *
 * <p>A batch shares nothing but its way: each request is answered, fails or times out by itself.
 * Only the session services take batches; a handler of somebody's own is asked for each request.
 *
 * <p>Confined to its event loop. What is on its way is bounded by what connections may have
 * unanswered.
 */
final class RequestBatches {
  /** Beyond this a batch gets no cheaper for each. */
  private static final int MOST_REQUESTS = 64;

  /** A batch of large frames should not hold up the bus connection for long. */
  private static final int MOST_BYTES = 256 * 1024;

  /**
   * What the busy trade for half of the wake-ups: it is a fraction of what a message takes to cross
   * a network, and a tenth of what a busy loop makes it wait anyway.
   */
  private static final long GATHER_NANOS = 500_000;

  /** Two a millisecond: below that, hardly any would find company within {@link #GATHER_NANOS}. */
  private static final int BUSY_FROM = 8;

  private static final long WINDOW_NANOS = 4_000_000;

  /**
   * Nobody takes batches: session services of an earlier version, or none at all. So long requests
   * go one by one before it is tried again.
   */
  private static final int CLOSED_MILLIS = 1000;

  /** Each request has its own time; this is only for the bus to forget. */
  private static final DeliveryOptions OPTIONS =
      new DeliveryOptions().setSendTimeout(Inbound.ATTEMPT_MILLIS);

  /** Whoever asks; told once. */
  interface Asker {
    void answered(Reply reply);

    /** No session service takes the type, and nothing was done. */
    void notHere();

    /**
     * It timed out, or it could not be sent.
     *
     * @param kind never {@link ReplyFailure#RECIPIENT_FAILURE}: whoever answers, answers by a reply
     */
    void failed(ReplyFailure kind);
  }

  /** One request without an answer. */
  private final class Sent extends Wheel.Entry {
    private final long number;
    private final Asker asker;

    Sent(long number, Asker asker) {
      this.number = number;
      this.asker = asker;
    }

    @Override
    void wake(long now) {
      if (take(number) != null) {
        asker.failed(ReplyFailure.TIMEOUT);
      }
    }
  }

  private final Vertx vertx;
  private final Loop loop;
  private final int number;

  /** What has been asked and has no answer, by number. */
  private final LongObjectMap<Sent> unanswered = new LongObjectHashMap<>();

  /** What leaves at the end of this turn. */
  private List<Request> gathered = new ArrayList<>();

  private int gatheredBytes;

  /** Of {@link System#nanoTime}: when the newest batch left, and when the counting began. */
  private long sentAt = System.nanoTime();

  private long windowBegan = sentAt;

  /** Requests since then. */
  private int inWindow;

  /** What came in the window before was enough for {@link #BUSY_FROM}. */
  private boolean busy;

  /** Of the first that is gathered. */
  private long first = 1;

  /** Of the loop's clock. */
  private long closedUntil = Long.MIN_VALUE;

  /**
   * @param number of this loop among those of the gateway
   */
  RequestBatches(Vertx vertx, Loop loop, int number) {
    this.vertx = vertx;
    this.loop = loop;
    this.number = number;
  }

  /** Whether somebody takes batches, as far as is known. */
  boolean isOpen() {
    return loop.now() >= closedUntil;
  }

  /** Asks within {@link Request#timeoutMillis}. */
  void ask(Request request, Asker asker) {
    Sent sent = new Sent(first + gathered.size(), asker);
    unanswered.put(sent.number, sent);
    loop.wheel().schedule(sent, loop.now() + request.timeoutMillis());
    count();
    if (gathered.isEmpty()) {
      sendLater();
    }
    gathered.add(request);
    gatheredBytes += request.body().length;
    if (gathered.size() >= MOST_REQUESTS || gatheredBytes >= MOST_BYTES) {
      send();
    }
  }

  private void count() {
    long now = System.nanoTime();
    if (now - windowBegan >= WINDOW_NANOS) {
      busy = inWindow >= BUSY_FROM && now - windowBegan < 2 * WINDOW_NANOS;
      windowBegan = now;
      inWindow = 0;
    }
    inWindow++;
  }

  private void sendLater() {
    long wait = busy ? sentAt + GATHER_NANOS - System.nanoTime() : 0;
    if (wait > 0) {
      loop.executeAfter(wait, this::send);
    } else {
      loop.execute(this::send);
    }
  }

  /** Replies that came later than the first of their batch. */
  void answered(Replies answers) {
    for (NumberedReply answer : answers.replies()) {
      Sent sent = take(answer.number());
      if (sent == null) {
        continue; // it came too late: by now it has been asked again
      }
      if (answer.reply() == null) {
        sent.asker.notHere();
      } else {
        sent.asker.answered(answer.reply());
      }
    }
  }

  private void send() {
    if (gathered.isEmpty()) {
      return;
    }
    sentAt = System.nanoTime();
    Requests batch = new Requests(number, first, gathered);
    first += gathered.size();
    gathered = new ArrayList<>();
    gatheredBytes = 0;
    vertx
        .eventBus()
        .<BusMessage>request(Addresses.REQUESTS, batch, OPTIONS)
        .onComplete(reply -> answered((Replies) reply.body()), failure -> failed(batch, failure));
  }

  /** A time-out is no news: each request has its own. */
  private void failed(Requests batch, Throwable failure) {
    ReplyFailure kind = failure instanceof ReplyException e ? e.failureType() : ReplyFailure.ERROR;
    if (kind == ReplyFailure.TIMEOUT) {
      return;
    }
    if (kind == ReplyFailure.NO_HANDLERS) {
      closedUntil = loop.now() + CLOSED_MILLIS;
    }
    for (int i = 0; i < batch.requests().size(); i++) {
      Sent sent = take(batch.first() + i);
      if (sent == null) {
        continue;
      }
      if (kind == ReplyFailure.NO_HANDLERS) {
        sent.asker.notHere();
      } else {
        sent.asker.failed(kind);
      }
    }
  }

  private Sent take(long number) {
    Sent sent = unanswered.remove(number);
    if (sent != null) {
      loop.wheel().cancel(sent);
    }
    return sent;
  }
}
