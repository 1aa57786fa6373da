package io.trunkline.gateway;

import io.trunkline.node.Trace;
import io.trunkline.node.Tracing;
import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.BusMessage.Caller;
import io.trunkline.protocol.BusMessage.CheckSessions;
import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.BusMessage.Request;
import io.trunkline.protocol.ErrorCode;
import io.trunkline.protocol.Refusal;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way from a client's frame to whoever handles its type, and back. The gateway has no list of
 * types. It asks the session services, with what else there is to ask ({@link RequestBatches}); a
 * type that has told its terms, and one that they don't take, it asks at {@code message.<type>}.
 *
 * <p>A lost answer is asked for again, with the attempt's number, until the request's deadline, and
 * sooner when a node was lost that may have had the request; a handler that must not act twice can
 * tell by that number. Whichever attempt is answered first counts. After the deadline the client
 * gets {@code unavailable} and may send the same id again.
 */
final class Inbound {
  private static final Logger log = LoggerFactory.getLogger(Inbound.class);

  /**
   * All attempts together, and the wait behind the connection's other requests. The protocol
   * promises an answer within 5 s; the rest is for the way to the client.
   */
  static final int DEADLINE_MILLIS = 4500;

  /**
   * One attempt: two fit the deadline, and a session service that is alive answers in a fraction.
   */
  static final int ATTEMPT_MILLIS = 1800;

  /** Less than this is not worth another attempt. */
  private static final int SHORTEST_ATTEMPT_MILLIS = 100;

  /**
   * Nobody answers to the address: how long until it is tried again while a node joins or leaves.
   */
  private static final int NO_HANDLER_PAUSE_MILLIS = 100;

  /** A handler whose terms we do not know yet has just told them. */
  private static final int TERMS_PAUSE_MILLIS = 50;

  /** So that nobody spins while a node that has died is still listed. */
  private static final int UNSENT_PAUSE_MILLIS = 50;

  /**
   * A type that nobody handled this often, while session services are there, is unknown. A service
   * that starts is seen for some types before others, so it takes half a second.
   */
  private static final int NO_HANDLER_TRIES = 5;

  /** Probe whether any session service is there. */
  private static final int PROBE_MILLIS = 500;

  private final Vertx vertx;
  private final RequestBatches batches;
  private final String node;
  private final int heartbeatSeconds;
  private final Unanswered unanswered;
  private final FrameCheck frames;
  private final RequestMeters meters;
  private final Tracing tracing;

  /**
   * Types that were answered once: when nobody handles one of these, its handlers are away for now.
   * As many as there are handlers.
   */
  private final Set<String> handled = new HashSet<>();

  Inbound(
      Vertx vertx,
      RequestBatches batches,
      String node,
      int heartbeatSeconds,
      Unanswered unanswered,
      FrameCheck frames,
      RequestMeters meters,
      Tracing tracing) {
    this.vertx = vertx;
    this.batches = batches;
    this.node = node;
    this.heartbeatSeconds = heartbeatSeconds;
    this.unanswered = unanswered;
    this.frames = frames;
    this.meters = meters;
    this.tracing = tracing;
  }

  /**
   * Asks the handlers of {@code type}, which must have passed {@link
   * io.trunkline.protocol.Shapes#isType}.
   *
   * @param caller null before there is a session
   * @param traceparent W3C trace context, or null
   * @param cameAt {@link Loop#now} when the request came; it may have waited for its turn
   * @return fails only with a {@link Refusal}
   */
  Future<Reply> ask(
      String type, String connection, Caller caller, String traceparent, byte[] body, long cameAt) {
    if (frames.isAnnounced(type)) {
      meters.known(type);
    }
    long began = System.nanoTime();
    Promise<Reply> answer = Promise.promise();
    Trace trace = tracing.serve("request", traceparent).with("trunkline.type", type);
    String follow = trace == Trace.NONE ? traceparent : trace.traceparent();
    new Asking(type, connection, caller, follow, body, cameAt + DEADLINE_MILLIS, answer).attempt();
    return answer
        .future()
        .onComplete(
            reply -> {
              meters.answered(type, reply.frame(), System.nanoTime() - began);
              trace.end();
            },
            failure -> {
              meters.refused(type, failure, System.nanoTime() - began);
              trace.fail(failure);
            });
  }

  /** One request on its way: its attempts so far and what is left of its time. */
  private final class Asking {
    private final String type;
    private final String connection;
    private final Caller caller;
    private final String traceparent;
    private final byte[] body;
    private final long deadline;
    private final Promise<Reply> answer;

    /** Counts attempts that may have been carried out. */
    private int attempt = 1;

    private int withoutHandler;

    /** While the current attempt is on its way. */
    private boolean sent;

    /** The session services do not take this type, or no batches. */
    private boolean alone;

    private final Runnable again = this::nodeLost;

    Asking(
        String type,
        String connection,
        Caller caller,
        String traceparent,
        byte[] body,
        long deadline,
        Promise<Reply> answer) {
      this.type = type;
      this.connection = connection;
      this.caller = caller;
      this.traceparent = traceparent;
      this.body = body;
      this.deadline = deadline;
      this.answer = answer;
      unanswered.add(again);
      answer.future().onComplete(answered -> unanswered.remove(again));
    }

    void attempt() {
      int left = (int) (deadline - now());
      if (left < SHORTEST_ATTEMPT_MILLIS) {
        answer.tryFail(Refusal.unavailable("no answer in time"));
        return;
      }
      int timeout = Math.min(ATTEMPT_MILLIS, left);
      String met;
      try {
        met = frames.met(type, caller, body);
      } catch (Refusal refusal) {
        answer.tryFail(refusal);
        return;
      }
      sent = true;
      Request request =
          new Request(
              type,
              connection,
              node,
              heartbeatSeconds,
              attempt,
              timeout,
              caller,
              traceparent,
              body);
      if (alone || frames.isAnnounced(type) || !batches.isOpen()) {
        askHandler(request, met);
      } else {
        batches.ask(request, new SharedAttempt(attempt));
      }
    }

    /** Whoever handles the type, which need not be a session service. */
    private void askHandler(Request request, String met) {
      DeliveryOptions options = sendTimeout(request.timeoutMillis());
      if (met != null) {
        options.addHeader(Addresses.TERMS_HEADER, met);
      }
      int current = request.attempt();
      vertx
          .eventBus()
          .<BusMessage>request(Addresses.message(type), request, options)
          .onComplete(message -> succeeded(message.body()), failure -> failed(current, failure));
    }

    /** An attempt that goes with others to a session service. */
    private final class SharedAttempt implements RequestBatches.Asker {
      private final int which;

      SharedAttempt(int which) {
        this.which = which;
      }

      @Override
      public void answered(Reply reply) {
        succeeded(reply);
      }

      @Override
      public void notHere() {
        if (which == attempt && !answer.future().isComplete()) {
          alone = true;
          attempt();
        }
      }

      @Override
      public void failed(ReplyFailure kind) {
        Asking.this.failed(which, kind, null);
      }
    }

    private void nodeLost() {
      if (sent && deadline - now() >= SHORTEST_ATTEMPT_MILLIS) {
        attempt++;
        attempt();
      }
    }

    private void succeeded(BusMessage message) {
      if (message instanceof Reply reply) {
        handled.add(type);
        answer.tryComplete(reply);
      } else {
        log.error("reply_of_wrong_kind type={} kind={}", type, message.getClass().getSimpleName());
        answer.tryFail(Refusal.unavailable("the handler's answer can't be read"));
      }
    }

    private void failed(int which, Throwable failure) {
      ReplyFailure kind =
          failure instanceof ReplyException e ? e.failureType() : ReplyFailure.ERROR;
      failed(which, kind, failure);
    }

    private void failed(int which, ReplyFailure kind, Throwable failure) {
      if (which != attempt || answer.future().isComplete()) {
        return;
      }
      sent = false;
      switch (kind) {
        case NO_HANDLERS -> withoutHandler();
        case RECIPIENT_FAILURE -> {
          if (((ReplyException) failure).failureCode() == Addresses.TERMS_UNKNOWN) {
            vertx.setTimer(TERMS_PAUSE_MILLIS, id -> attempt());
            return;
          }
          log.error(
              "handler_failed type={} connection={} message={}",
              type,
              connection,
              failure.getMessage());
          answer.tryFail(Refusal.unavailable("the handler failed"));
        }
        case TIMEOUT -> {
          attempt++;
          attempt();
        }
        default -> { // it could not be sent: its node has just died, and others may be there
          attempt++;
          vertx.setTimer(UNSENT_PAUSE_MILLIS, id -> attempt());
        }
      }
    }

    /** Its handlers will be back: of announced ones it is known when the last has gone. */
    private boolean isAway() {
      return handled.contains(type) && !frames.wasAnnounced(type);
    }

    /** Nobody has it: a type that nobody knows, or one whose handlers are all away for now. */
    private void withoutHandler() {
      withoutHandler++;
      int left = Math.max(1, (int) (deadline - now()));
      sessionServiceAnswers(Math.min(PROBE_MILLIS, left))
          .onSuccess(
              there -> {
                if (there && withoutHandler >= NO_HANDLER_TRIES && !isAway()) {
                  answer.tryFail(
                      new Refusal(ErrorCode.UNKNOWN_TYPE, "type: nobody handles " + type));
                } else {
                  vertx.setTimer(NO_HANDLER_PAUSE_MILLIS, id -> attempt());
                }
              });
    }
  }

  private Future<Boolean> sessionServiceAnswers(int timeoutMillis) {
    return vertx
        .eventBus()
        .<BusMessage>request(
            Addresses.SESSIONS, new CheckSessions(java.util.List.of()), sendTimeout(timeoutMillis))
        .map(true)
        .otherwise(false);
  }

  private static DeliveryOptions sendTimeout(int millis) {
    return new DeliveryOptions().setSendTimeout(millis);
  }

  private static long now() {
    return System.nanoTime() / 1_000_000;
  }
}
