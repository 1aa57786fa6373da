package io.trunkline.session;

import io.trunkline.node.Trace;
import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.BusMessage.AskPresence;
import io.trunkline.protocol.BusMessage.Broadcast;
import io.trunkline.protocol.BusMessage.Caller;
import io.trunkline.protocol.BusMessage.LogPage;
import io.trunkline.protocol.BusMessage.PresenceInfo;
import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.BusMessage.Request;
import io.trunkline.protocol.BusMessage.SeatTaken;
import io.trunkline.protocol.BusMessage.TakeSeat;
import io.trunkline.protocol.Directive;
import io.trunkline.protocol.ErrorCode;
import io.trunkline.protocol.FrameWriter;
import io.trunkline.protocol.Refusal;
import io.trunkline.protocol.Times;
import io.vertx.core.Future;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * One request in hand: who asks, and what its handler may do about it. Used on one event loop.
 *
 * <p>What is stored through it is stored before its future completes, and is on its way to its
 * followers then. Futures fail with a {@link Refusal} where the database cannot be reached in time.
 */
public final class Call {
  /** Twice, it leaves time to tell the client; an answer takes a millisecond. */
  private static final DeliveryOptions SEAT_OPTIONS = new DeliveryOptions().setSendTimeout(700);

  private final Request request;
  private final String id;
  private final Workplace workplace;
  private final Trace trace;
  private final long began = System.nanoTime();

  Call(Request request, String id, Workplace workplace, Trace trace) {
    this.request = request;
    this.id = id;
    this.workplace = workplace;
    this.trace = trace;
  }

  /** Who asks; null only for types that need no session. */
  public Caller caller() {
    return request.caller();
  }

  /** The request's {@code id}, or null. */
  public String id() {
    return id;
  }

  /** The connection that asks, for logs. */
  public String connection() {
    return request.connection();
  }

  /** The gateway that asks. */
  public String gateway() {
    return request.node();
  }

  /** Until nobody waits for the answer any more; zero when that is past. */
  public Duration timeLeft() {
    Duration left =
        Duration.ofMillis(request.timeoutMillis()).minusNanos(System.nanoTime() - began);
    return left.isNegative() ? Duration.ZERO : left;
  }

  /**
   * The W3C trace context ({@code traceparent}) of this call where it is traced, else the one that
   * the client gave, or null.
   */
  public String traceparent() {
    return trace == Trace.NONE ? request.traceparent() : trace.traceparent();
  }

  public int heartbeatSeconds() {
    return request.heartbeatSeconds();
  }

  /**
   * Refuses a request that may have been carried out before, for what must not happen twice.
   *
   * @throws Refusal {@code unavailable}: whether it was carried out is not known
   */
  public void refuseRepeat() {
    if (request.attempt() > 1) {
      throw Refusal.unavailable("the first answer was lost: it is not known what became of this");
    }
  }

  /** The session with this id; null where it is unknown, deleted or past its time. */
  public Future<Session> findSession(String sessionId) {
    return asked("lookup", () -> workplace.sessions().find(sessionId))
        .onSuccess(
            found -> {
              workplace.counters().lookedUp(found != null);
              if (found != null) {
                workplace.sessions().touch(found.hash());
              }
            });
  }

  /** The answer that makes the connection this session's, and whether it is to be asked for. */
  public Reply watched(Reply answer, String sessionId) {
    int seconds = workplace.sessions().watchSeconds();
    if (seconds == 0) {
      return answer;
    }
    List<Directive> directives = new ArrayList<>(answer.directives());
    directives.add(new Directive.Watch(sessionId, seconds));
    return new Reply(answer.frame(), directives);
  }

  /** The caller's session, with more time; null where it is gone. */
  public Future<Session> renewSession() {
    return workplace.sessions().renew(caller().session());
  }

  /** Ends the caller's session. */
  public Future<Void> endSession() {
    return workplace.sessions().delete(caller().session()).mapEmpty();
  }

  /** What {@code topic} holds for a reader that has read up to {@code after}. */
  public Future<Place> place(String topic, long after) {
    return asked("place", () -> workplace.log().place(topic, after));
  }

  /** Counts a reader that goes on from an offset of its own; {@code recovered} as it is told. */
  public void resumed(boolean recovered) {
    workplace.counters().resumed(recovered);
  }

  /**
   * Stores a frame of the caller's in {@code topic} and sends it to the followers. With an id it is
   * stored once, however often it comes. Its turn may come when {@link #timeLeft} is over; then it
   * is not stored.
   *
   * @param mustExist whether a topic that does not exist is refused with {@code unknown_receiver}
   *     rather than made
   * @param stored an open frame, as {@link FrameWriter#open} leaves it
   */
  public Future<Appended> append(String topic, boolean mustExist, byte[] stored) {
    Entry entry = new Entry(topic, mustExist, caller().user(), id, stored, timeLeft());
    return asked("append", () -> workplace.log().append(entry))
        .onSuccess(appended -> workplace.outbox().publish(topic, stored, appended, trace));
  }

  /**
   * The channel of this name, for which the caller has the permission.
   *
   * @param action {@code publish} or {@code subscribe}
   * @throws Refusal {@code unknown_channel} or {@code forbidden}
   */
  public Channel channel(String action, String name) {
    Channel channel = workplace.channels().channel(name);
    if (channel == null) {
      throw new Refusal(ErrorCode.UNKNOWN_CHANNEL, "channel: there is none of this name");
    }
    Checks.mayUse(action, name, caller());
    return channel;
  }

  /**
   * Does nothing where the caller may know who comes to {@code channel} and leaves it.
   *
   * @throws Refusal {@code forbidden}
   */
  public void mayWatch(Channel channel) {
    Checks.hasPermission(Permissions.PRESENCE, caller());
    channel.needsPresence();
  }

  /**
   * A place in {@code channel} for the caller; at once where the channel takes any number.
   *
   * @return fails with a {@link Refusal}: {@code forbidden} where the channel is full, {@code
   *     unavailable} where whoever decides does not answer
   */
  public Future<Void> seat(Channel channel) {
    int most = channel.rule().maxSubscribers();
    if (most == 0) {
      return Future.succeededFuture();
    }
    TakeSeat wish = new TakeSeat(channel.name(), caller().user(), most);
    return askForSeat(wish)
        .recover(unanswered -> askForSeat(wish))
        .recover(e -> Future.failedFuture(Refusal.unavailable("it is not known who is there")))
        .compose(
            taken ->
                taken
                    ? Future.succeededFuture()
                    : Future.failedFuture(
                        Refusal.forbidden("channel: it has its " + most + " subscribers")));
  }

  /** Of whoever decides by now. */
  private Future<Boolean> askForSeat(TakeSeat wish) {
    return askForSeat(wish, workplace.tellers().decidersOf(wish.channel()));
  }

  /** The next decides where the first is only just starting or has gone, not where it is late. */
  private Future<Boolean> askForSeat(TakeSeat wish, List<String> deciders) {
    return workplace
        .bus()
        .<BusMessage>request(Addresses.directory(deciders.get(0)), wish, SEAT_OPTIONS)
        .map(answer -> ((SeatTaken) answer.body()).taken())
        .recover(
            failure ->
                isLate(failure) || deciders.size() == 1
                    ? Future.failedFuture(failure)
                    : askForSeat(wish, deciders.subList(1, deciders.size())));
  }

  private static boolean isLate(Throwable failure) {
    return !(failure instanceof ReplyException reply)
        || reply.failureType() == ReplyFailure.TIMEOUT;
  }

  /**
   * Entries of {@code topic} after {@code after}, as complete client frames: at most {@code limit},
   * and no more once {@code maxBytes} are reached.
   */
  public Future<LogPage> read(String topic, long after, int limit, int maxBytes) {
    return asked("read", () -> workplace.log().read(topic, after, limit, maxBytes));
  }

  /** What the caller and {@code user} have written to each other; bounds as above. */
  public Future<Conversation> conversation(
      String user, Conversation.Position after, int limit, int maxBytes) {
    return asked(
        "conversation",
        () -> workplace.log().conversation(caller().user(), user, after, limit, maxBytes));
  }

  /**
   * Sends a message to the subscribers of a channel that stores none, at most once, and
   * acknowledges it. The gateway that asks does so itself where it can: then all that one
   * connection publishes goes one way, and in its order.
   *
   * @param open the frame for the subscribers up to its {@code message}
   * @param message any JSON
   * @throws Refusal {@code unavailable} where it may have been sent already
   */
  public Reply sendUnstored(Channel channel, FrameWriter open, byte[] message) {
    if (workplace.relays().canRelay(gateway())) {
      String traceparent = trace.isRecorded() ? trace.traceparent() : null;
      return Reply.of(null, workplace.relays().tell(gateway(), channel, open.open(), traceparent));
    }
    refuseRepeat();
    long time = System.currentTimeMillis();
    byte[] frame = open.raw("message", message).string("time", Times.iso(time)).end();
    workplace.outbox().deliver(channel.topic(), 0, () -> frame, trace);
    return ack(time);
  }

  /** Sends a frame to every connection that has a session, at most once. */
  public void broadcast(byte[] frame) {
    workplace.bus().publish(Addresses.GATEWAY_ALL, new Broadcast(frame));
  }

  /** A question to the database, which may go together with those of others. */
  private <T> Future<T> asked(String what, Supplier<Future<T>> question) {
    Trace query = workplace.tracing().query(what, trace);
    return question.get().onComplete(answer -> query.end(), query::fail);
  }

  public Presence presence() {
    return workplace.presence();
  }

  /**
   * Who of {@code users} is in {@code channel}: how many, and the first of their names.
   *
   * @param channel null: anywhere; else the caller must be one who may subscribe to it
   * @param users null: everybody
   * @throws Refusal {@code unknown_channel} or {@code forbidden}
   */
  public PresenceInfo presence(String channel, List<String> users) {
    if (channel != null) {
      channel(Permissions.SUBSCRIBE, channel);
    }
    return new PresenceQuestions(workplace.presence(), workplace.channels())
        .answer(new AskPresence(channel, users == null, users == null ? List.of() : users));
  }

  /** Begins an answer: a frame of {@code type} with the request's id. */
  public FrameWriter answer(String type) {
    return FrameWriter.frame(type).optional("id", id);
  }

  /** The {@code ack} of what was stored; nothing for a request without an id. */
  public Reply ack(Appended appended) {
    if (id == null) {
      return Reply.NOTHING;
    }
    FrameWriter ack = answer("ack").number("offset", appended.offset());
    ack.string("time", Times.iso(appended.time()));
    return Reply.of((appended.duplicate() ? ack.bool("duplicate", true) : ack).end());
  }

  /** The {@code ack} of what was not stored; nothing for a request without an id. */
  public Reply ack(long time) {
    return id == null
        ? Reply.NOTHING
        : Reply.of(answer("ack").string("time", Times.iso(time)).end());
  }
}
