package io.trunkline.session;

import io.trunkline.node.Trace;
import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage.Broadcast;
import io.trunkline.protocol.BusMessage.Caller;
import io.trunkline.protocol.BusMessage.LogPage;
import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.BusMessage.Request;
import io.trunkline.protocol.Directive;
import io.trunkline.protocol.ErrorCode;
import io.trunkline.protocol.FrameWriter;
import io.trunkline.protocol.Refusal;
import io.trunkline.protocol.Times;
import io.vertx.core.Future;
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

  /** Sends a complete frame to the followers of {@code topic}, at most once; it is in no log. */
  public void deliver(String topic, byte[] frame) {
    workplace.outbox().deliver(topic, 0, () -> frame, trace);
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
