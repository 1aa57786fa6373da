package io.trunkline.handler;

import static java.lang.System.Logger.Level.ERROR;
import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusCodec;
import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.BusMessage.OwnsType;
import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.BusMessage.Request;
import io.trunkline.protocol.BusMessage.Terms;
import io.trunkline.protocol.BusMessage.TypeAnnounced;
import io.trunkline.protocol.BusMessage.TypeGone;
import io.trunkline.protocol.BusMessage.TypeOwned;
import io.trunkline.protocol.Departure;
import io.trunkline.protocol.Frames;
import io.trunkline.protocol.Refusal;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * A handler that takes frames until it is stopped. It says again and again that it is there, and
 * withdraws when a session service says that the type is its own. Lives on the context that started
 * it.
 */
public final class RunningHandler {
  private static final System.Logger log = System.getLogger(RunningHandler.class.getName());

  /** Frames in hand at once; at 64 KiB each 64 MiB. More are answered {@code unavailable}. */
  private static final int MOST_REQUESTS = 1024;

  /**
   * A session service answers in a millisecond; the first question between two nodes takes longer.
   */
  private static final int ASK_MILLIS = 2000;

  private static final int ASK_PAUSE_MILLIS = 200;

  /** Gateways that ask at one moment are told once. */
  private static final long ANNOUNCE_PAUSE_MILLIS = 50;

  /** When stopping: until nobody sends here any more, and for answers in hand. */
  private static final long QUIET_MILLIS = 500;

  private static final long MOST_QUIET_WAIT_MILLIS = 5000;
  private static final long QUIET_POLL_MILLIS = 25;

  /** How many handlers of a type this Vert.x has; one map for all of them. */
  private static final String COUNTS = "trunkline.handlers";

  private final Vertx vertx;
  private final Context context;
  private final String type;
  private final String instance = UUID.randomUUID().toString();
  private final Terms terms;
  private final String digest;
  private final Function<TypeRequest, Future<JsonObject>> work;
  private final DeliveryOptions options = new DeliveryOptions().setCodecName(BusCodec.NAME);

  // All of these on the context

  private MessageConsumer<Request> requests;
  private MessageConsumer<BusMessage> questions;
  private long timer;
  private int inHand;
  private long lastArrival;
  private boolean announcing;

  /** Null until somebody stops it. */
  private Future<Void> stopped;

  RunningHandler(
      Vertx vertx, String type, Terms terms, Function<TypeRequest, Future<JsonObject>> work) {
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    this.type = type;
    this.terms = terms;
    this.digest = terms.digest();
    this.work = work;
  }

  /**
   * Takes no more frames: gateways are told, what is in hand is answered, and the future completes.
   * May be called from any thread, and again.
   */
  public Future<Void> stop() {
    Promise<Void> done = Promise.promise();
    context.runOnContext(
        ignored -> {
          if (stopped == null) {
            stopped = depart();
          }
          stopped.onComplete(done);
        });
    return done.future();
  }

  Future<RunningHandler> start() {
    BusCodec.add(vertx.eventBus());
    Promise<RunningHandler> started = Promise.promise();
    context.runOnContext(
        ignored ->
            owned().compose(owned -> owned ? refuse() : register()).map(this).onComplete(started));
    return started.future();
  }

  // Whose the type is

  /** Asks until a session service answers: without one there is no telling, and no clients. */
  private Future<Boolean> owned() {
    return ask()
        .recover(
            failure ->
                vertx.timer(ASK_PAUSE_MILLIS, TimeUnit.MILLISECONDS).compose(waited -> owned()));
  }

  private Future<Boolean> ask() {
    DeliveryOptions patience = new DeliveryOptions(options).setSendTimeout(ASK_MILLIS);
    return vertx
        .eventBus()
        .<BusMessage>request(Addresses.SESSIONS, new OwnsType(type), patience)
        .compose(
            answer ->
                answer.body() instanceof TypeOwned owned
                    ? Future.succeededFuture(owned.owned())
                    : Future.failedFuture("not answered"));
  }

  private <T> Future<T> refuse() {
    return Future.failedFuture(
        new IllegalStateException("type: the session service handles " + type + " itself"));
  }

  /** A session service that knows the type itself may have come since. */
  private void askAgain() {
    ask()
        .onSuccess(
            owned -> {
              if (owned && stopped == null) {
                log.log(ERROR, "handler_withdrawn type={0} reason=owned_by_session_service", type);
                stop();
              }
            });
  }

  // Being there

  private Future<Void> register() {
    lastArrival = System.nanoTime();
    count(1);
    requests = vertx.eventBus().consumer(Addresses.message(type), this::onRequest);
    questions = vertx.eventBus().consumer(Addresses.HANDLERS, question -> announceSoon());
    timer =
        vertx.setPeriodic(
            Addresses.ANNOUNCE_MILLIS,
            tick -> {
              announce();
              askAgain();
            });
    return Future.all(requests.completion(), questions.completion())
        .onSuccess(registered -> announce())
        .onSuccess(registered -> log.log(INFO, "handler_started type={0}", type))
        .mapEmpty();
  }

  private int count(int more) {
    return vertx.sharedData().<String, Integer>getLocalMap(COUNTS).merge(type, more, Integer::sum);
  }

  private void announce() {
    if (stopped == null) {
      publish(new TypeAnnounced(type, instance, terms));
    }
  }

  private void announceSoon() {
    if (!announcing) {
      announcing = true;
      announce();
      vertx.setTimer(ANNOUNCE_PAUSE_MILLIS, waited -> announcing = false);
    }
  }

  private void publish(BusMessage message) {
    vertx.eventBus().publish(Addresses.GATEWAY_ALL, message, options);
  }

  // Requests

  private void onRequest(Message<Request> message) {
    lastArrival = System.nanoTime();
    String met = message.headers().get(Addresses.TERMS_HEADER);
    if (met == null || !List.of(met.split(" ", -1)).contains(digest)) {
      announceSoon();
      message.fail(Addresses.TERMS_UNKNOWN, "not held to this handler's terms");
      return;
    }
    if (inHand >= MOST_REQUESTS) {
      message.reply(error(message.body(), null, tooMany()), options);
      return;
    }
    inHand++;
    answer(message.body())
        .onComplete(answered -> inHand--)
        .onSuccess(reply -> message.reply(reply, options));
  }

  private static Refusal tooMany() {
    return Refusal.unavailable("too many requests at once");
  }

  /** Never fails: whatever happens in the handler's own code, the client gets an answer. */
  private Future<Reply> answer(Request request) {
    JsonObject frame = new JsonObject(io.vertx.core.buffer.Buffer.buffer(request.body()));
    String id = frame.getString("id");
    return Future.<JsonObject>future(
            promise -> work.apply(new TypeRequest(request, frame)).onComplete(promise))
        .timeout(Math.max(1, request.timeoutMillis()), TimeUnit.MILLISECONDS)
        .map(answer -> reply(answer, id))
        .recover(failure -> Future.succeededFuture(error(request, id, failure)));
  }

  private Reply reply(JsonObject answer, String id) {
    if (answer == null) {
      return Reply.NOTHING;
    }
    JsonObject frame = new JsonObject().put("type", answer.getString("type", type));
    if (id != null) {
      frame.put("id", id);
    }
    answer.forEach(
        field -> {
          if (!field.getKey().equals("type") && !field.getKey().equals("id")) {
            frame.put(field.getKey(), field.getValue());
          }
        });
    return Reply.of(frame.toBuffer().getBytes());
  }

  private static Reply error(Request request, String id, Throwable failure) {
    return Reply.of(Frames.error(id, refusal(request, failure)));
  }

  private static Refusal refusal(Request request, Throwable failure) {
    if (failure instanceof Refusal refusal) {
      return refusal;
    }
    if (failure instanceof TimeoutException) {
      return Refusal.unavailable("no answer in time");
    }
    log.log(
        ERROR,
        "request_failed type=" + request.type() + " connection=" + request.connection(),
        failure);
    return Refusal.unavailable("internal error");
  }

  // The end

  /**
   * Gateways hear that this one goes, nodes that nobody is here; then what is on its way is still
   * answered. Another handler of the type in this Vert.x gets what comes later.
   */
  private Future<Void> depart() {
    if (requests == null) {
      return Future.succeededFuture();
    }
    vertx.cancelTimer(timer);
    publish(new TypeGone(type, instance));
    boolean last = count(-1) == 0;
    return (last ? hide() : Future.<Void>succeededFuture())
        .compose(hidden -> last ? quiet() : Future.<Void>succeededFuture())
        .compose(quiet -> Future.join(requests.unregister(), questions.unregister()))
        .onSuccess(done -> log.log(INFO, "handler_stopped type={0}", type))
        .mapEmpty();
  }

  private Future<Void> hide() {
    return Departure.hide(vertx, List.of(Addresses.message(type)))
        .onFailure(failure -> log.log(WARNING, "departure_not_told reason=" + failure.getMessage()))
        .otherwiseEmpty();
  }

  private Future<Void> quiet() {
    Promise<Void> quiet = Promise.promise();
    long began = System.nanoTime();
    vertx.setPeriodic(
        QUIET_POLL_MILLIS,
        poll -> {
          long waited = since(began);
          boolean isQuiet = inHand == 0 && Math.min(waited, since(lastArrival)) >= QUIET_MILLIS;
          if (isQuiet || waited >= MOST_QUIET_WAIT_MILLIS) {
            vertx.cancelTimer(poll);
            quiet.complete();
          }
        });
    return quiet.future();
  }

  private static long since(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
  }
}
