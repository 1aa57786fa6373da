package io.trunkline.session;

import io.netty.channel.EventLoop;
import io.trunkline.node.Lateness;
import io.trunkline.node.Trace;
import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.BusMessage.Request;
import io.trunkline.protocol.BusMessage.Requests;
import io.trunkline.protocol.Frames;
import io.trunkline.protocol.JsonFrame;
import io.trunkline.protocol.Refusal;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One event loop of a session service: the one place that turns a message of the bus into a call,
 * and a failure into an error frame. Every request is answered once, within the time that somebody
 * waits for the answer.
 *
 * <p>It refuses early what it cannot do in time: more requests than it may hold, and requests that
 * lay unread for longer than anybody waits.
 */
final class SessionVerticle extends VerticleBase {
  private static final Logger log = LoggerFactory.getLogger(SessionVerticle.class);

  /** At 64 KiB a message 64 MiB, and at 5 ms each 200,000 requests a second. */
  private static final int MOST_REQUESTS = 1024;

  /** Pages of the log are larger than messages. */
  private static final int MOST_NODE_REQUESTS = 256;

  /** For what is under way to the gateways when the service stops; the log has it as well. */
  private static final long DRAIN_MILLIS = 2000;

  private final Supplier<Workplace> opening;
  private final List<MessageType<?>> types;
  private final Map<String, MessageType<?>> typesByName;
  private final InHand requests;
  private final InHand nodeRequests;
  private final List<MessageConsumer<?>> consumers = new ArrayList<>();

  /** These are set by {@link #start} and used on this verticle's event loop. */
  private ContextInternal loop;

  private Workplace workplace;
  private Lateness lateness;

  SessionVerticle(Supplier<Workplace> opening, List<MessageType<?>> types, Counters counters) {
    this.opening = opening;
    this.types = types;
    this.typesByName =
        types.stream().collect(Collectors.toUnmodifiableMap(MessageType::name, type -> type));
    this.requests = new InHand(MOST_REQUESTS, counters.inHand());
    this.nodeRequests = new InHand(MOST_NODE_REQUESTS, counters.inHand());
  }

  /** The addresses at which a service with these types answers. */
  static List<String> addresses(List<MessageType<?>> types) {
    return Stream.concat(
            Stream.of(Addresses.REQUESTS, Addresses.LOG, Addresses.SESSIONS),
            types.stream().map(type -> Addresses.message(type.name())))
        .toList();
  }

  @Override
  public Future<?> start() {
    loop = (ContextInternal) context;
    workplace = opening.get();
    lateness = Lateness.of(vertx);
    return Insistence.on(vertx, workplace.database()::ping).compose(answers -> register());
  }

  @Override
  public Future<?> stop() {
    return unregister()
        .compose(unregistered -> loop.future(workplace.outbox()::drained))
        .timeout(DRAIN_MILLIS, TimeUnit.MILLISECONDS)
        .onFailure(failure -> log.warn("outbox_not_drained reason={}", failure.getMessage()))
        .eventually(() -> workplace.database().close());
  }

  /** Whether the database answers this event loop; from any thread. */
  Future<Void> ping() {
    return loop.future(
        answered -> loop.runOnContext(task -> workplace.database().ping().onComplete(answered)));
  }

  /** Whether nothing is in hand and no request has come for {@code millis}; from any thread. */
  boolean quietFor(long millis) {
    return requests.quietFor(millis) && nodeRequests.quietFor(millis);
  }

  private Future<?> register() {
    types.forEach(
        type ->
            consumers.add(
                vertx
                    .eventBus()
                    .<Request>consumer(
                        Addresses.message(type.name()), message -> onRequest(type, message))));
    NodeRequests answers = new NodeRequests(typesByName.keySet(), workplace);
    for (String address : List.of(Addresses.LOG, Addresses.SESSIONS)) {
      consumers.add(
          vertx
              .eventBus()
              .<BusMessage>consumer(address, message -> onNodeRequest(answers, message)));
    }
    return Future.all(consumers.stream().map(MessageConsumer::completion).toList());
  }

  private Future<?> unregister() {
    return Future.join(consumers.stream().map(MessageConsumer::unregister).toList());
  }

  private void onRequest(MessageType<?> type, Message<Request> message) {
    handle(type, message.body(), message::reply);
  }

  /** Whether this one lives on {@code eventLoop}; from any thread, once it has started. */
  boolean isOn(EventLoop eventLoop) {
    return loop.nettyEventLoop() == eventLoop;
  }

  /** Requests of clients that have no answer yet; from any thread. */
  int inHand() {
    return requests.count();
  }

  /** Answers requests that came to the service; from any thread, and at once on its own. */
  void take(Message<Requests> message) {
    loop.emit(message, this::onRequests);
  }

  private void onRequests(Message<Requests> message) {
    Answering answering = new Answering(message, context, workplace);
    long number = message.body().first();
    for (Request request : message.body().requests()) {
      long asked = number++;
      MessageType<?> type = typesByName.get(request.type());
      if (type == null) {
        answering.add(asked, null);
      } else {
        handle(type, request, reply -> answering.add(asked, reply));
      }
    }
  }

  private void handle(MessageType<?> type, Request request, Consumer<Reply> answer) {
    if (!requests.enter()) {
      answer.accept(error(request, Refusal.unavailable("too many requests at once")));
      return;
    }
    answer(type, request)
        .onComplete(answered -> requests.leave())
        .onSuccess(answer::accept)
        .onFailure(failure -> log.error("request_unanswered type={}", type.name(), failure));
  }

  private void onNodeRequest(NodeRequests answers, Message<BusMessage> message) {
    if (!nodeRequests.enter()) {
      message.reply(NodeRequests.refused(Refusal.unavailable("too many requests at once")));
      return;
    }
    answers
        .answer(message.body())
        .onComplete(answered -> nodeRequests.leave())
        .onSuccess(message::reply)
        .onFailure(failure -> log.error("node_request_unanswered", failure));
  }

  /** The boundary: whatever happens behind it, the client gets an answer. */
  private Future<Reply> answer(MessageType<?> type, Request request) {
    // On this loop's own timers: those of a future without a context are one thread for all.
    Trace trace = workplace.tracing().consume("handle", request.traceparent());
    return loop.<Reply>future(reply -> carryOut(type, request, trace).onComplete(reply))
        .timeout(Math.max(1, request.timeoutMillis()), TimeUnit.MILLISECONDS)
        .onComplete(reply -> trace.end(), trace::fail)
        .recover(failure -> Future.succeededFuture(error(request, failure)));
  }

  private <F> Future<Reply> carryOut(MessageType<F> type, Request request, Trace trace) {
    if (lateness.millis() > request.timeoutMillis()) {
      throw Refusal.unavailable("the request was too long on its way");
    }
    JsonFrame frame = JsonFrame.parse(request.body());
    Call call = new Call(request, frame.id(), workplace, trace);
    Checks.mayCall(type, frame, request.caller());
    if (request.caller() != null) {
      workplace.sessions().touch(request.caller().session());
    }
    return type.handle(type.read(frame), call);
  }

  private static Reply error(Request request, Throwable failure) {
    return Reply.of(Frames.error(readableId(request), refusal(request, failure)));
  }

  private static Refusal refusal(Request request, Throwable failure) {
    if (failure instanceof Refusal refusal) {
      return refusal;
    }
    if (failure instanceof TimeoutException) {
      return Refusal.unavailable("no answer in time");
    }
    log.error(
        "request_failed connection={} type={}", request.connection(), request.type(), failure);
    return Refusal.unavailable("internal error");
  }

  /** The id that the answer should carry; null where there is none or it cannot be read. */
  private static String readableId(Request request) {
    try {
      return JsonFrame.parse(request.body()).id();
    } catch (Refusal unreadable) {
      return null;
    }
  }
}
