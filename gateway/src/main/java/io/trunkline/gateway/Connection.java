package io.trunkline.gateway;

import io.trunkline.node.Trace;
import io.trunkline.protocol.BusMessage.Caller;
import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.CloseCode;
import io.trunkline.protocol.Directive;
import io.trunkline.protocol.ErrorCode;
import io.trunkline.protocol.FrameWriter;
import io.trunkline.protocol.Frames;
import io.trunkline.protocol.JsonFrame;
import io.trunkline.protocol.Refusal;
import io.trunkline.protocol.Shapes;
import io.trunkline.protocol.Topics;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client on {@code /ws}: who it is, its requests one after another, and the topics that it
 * follows. Knows no message type but {@code session}, without which nothing else is allowed, and
 * {@code ping}.
 *
 * <p>Confined to its event loop.
 */
final class Connection extends Wheel.Entry implements Socket.Listener, Follower.Outlet {
  private static final Logger log = LoggerFactory.getLogger(Connection.class);
  private static final byte[] PING = "ping".getBytes(StandardCharsets.US_ASCII);
  private static final String SESSION = "session";

  /** Requests that wait for their turn before reading stops; one read may bring a few more. */
  private static final int MAX_WAITING = 64;

  /** The same in bytes: what a thousand clients may leave with us while nothing is answered. */
  private static final int MAX_WAITING_BYTES = 256 * 1024;

  /** What a request on its way costs beside its bytes, roughly: objects, a timer, the bus. */
  private static final int OVERHEAD_BYTES = 1024;

  /** For the answer in hand when the session ends; all is over within a second. */
  private static final long LAST_ANSWER_MILLIS = 500;

  private final String id;
  private final Instance instance;
  private final Socket socket;
  private final String address;
  private final RateLimit rate;
  private final Heartbeat heartbeat;
  private final Deque<Waiting> waiting = new ArrayDeque<>(2);
  private final Map<String, Follower> following = new HashMap<>(2);

  /** What {@link #caller} may send without asking; null where there is none. */
  private Shortcuts shortcuts;

  /** Of types whose handlers have a rate of their own, as many as there are; null before one. */
  private Map<String, RateLimit> typeRates;

  /** Of {@link #waiting}. */
  private int waitingBytes;

  /** Of the request that is on its way; 0 where there is none. */
  private int inHandWeight;

  /** A request is on its way, and those that wait must wait on. */
  private boolean busy;

  private boolean readingPaused;

  /** Null before there is a session. */
  private Caller caller;

  /** Null where we are told when the session ends, and need not ask. */
  private Directive.Watch watch;

  /** When to ask next, of the loop's clock; with {@link #watch}. */
  private long watchAt;

  /** The session that has ended while a request was in hand; else null. */
  private String ended;

  /** The client knows of {@link #caller}: it has been told, and gets broadcasts. */
  private boolean welcomed;

  /** Epoch milliseconds; with {@link #caller}. */
  private long expiresAt;

  /** The user under which this connection was counted, or null. */
  private String countedAs;

  /**
   * How to close once everything that came before has been answered: the client broke a rule, or
   * said Close. Null while it goes on.
   */
  private Runnable ending;

  /** Milliseconds of the loop's clock. */
  private final long openedAt;

  /** Milliseconds of the loop's clock by which there must be a session. */
  private final long authenticateBy;

  /** A request that came at this time of the loop's clock. */
  @SuppressWarnings("ArrayRecordComponent") // bytes on their way to the bus; never compared
  private record Waiting(byte[] payload, long cameAt) {
    /** In what all clients may have unanswered. */
    int weight() {
      return payload.length + OVERHEAD_BYTES;
    }
  }

  /** A request that a handler has been asked. */
  private record Asked(String type, String requestId, JsonFrame frame, Caller caller, long cameAt) {
    /** The session that came with the handshake. */
    static final Asked BY_HANDSHAKE = new Asked(SESSION, null, null, null, 0);
  }

  Connection(String id, Instance instance, Socket socket, String address) {
    GatewaySettings settings = instance.settings();
    long now = instance.loop().now();
    this.id = id;
    this.instance = instance;
    this.socket = socket;
    this.address = address;
    this.rate = new RateLimit(settings.requestRate(), settings.requestBurst(), now);
    this.heartbeat = new Heartbeat(socket, settings, now);
    this.openedAt = now;
    this.authenticateBy = now + settings.authenticationSeconds() * 1000L;
    socket.listen(this);
  }

  String id() {
    return id;
  }

  Socket socket() {
    return socket;
  }

  @Override
  public String session() {
    return caller == null ? null : caller.session();
  }

  /** Null before there is a session. */
  String user() {
    return caller == null ? null : caller.user();
  }

  /** The id by which the session is to be asked for; null where its end is told. */
  String watched() {
    return watch == null ? null : watch.sessionId();
  }

  @Override
  public boolean isOpen() {
    return socket.isOpen();
  }

  @Override
  public boolean isDrained() {
    return socket.isDrained();
  }

  @Override
  public boolean isWritable() {
    return socket.isWritable();
  }

  @Override
  public boolean hasRoomFor(int bytes) {
    return socket.hasRoomFor(bytes);
  }

  @Override
  public void write(TextFrame frame) {
    socket.write(frame);
  }

  boolean hasSession() {
    return caller != null;
  }

  /** Whether it came before this time of the loop's clock, and has nothing in hand. */
  boolean mayBeMoved(long cameBefore) {
    return openedAt < cameBefore && welcomed && !busy && waiting.isEmpty() && socket.isDrained();
  }

  /** Nothing comes before the frame that tells of the session. */
  boolean takesBroadcasts() {
    return welcomed;
  }

  /** Begins; {@code first} is the answer to the session that came with the handshake, or null. */
  void open(Reply first) {
    instance.opened(this);
    if (first != null) {
      carryOut(Asked.BY_HANDSHAKE, Future.succeededFuture(first));
    }
    wake(instance.loop().now());
  }

  // Requests

  @Override
  public void onMessage(boolean text, byte[] payload) {
    long now = instance.loop().now();
    if (!rate.take(now)) {
      refuseByRate(payload);
    } else if (Arrays.equals(payload, PING)) {
      socket.writeText(Frames.BARE_PONG);
    } else {
      onRequest(new Waiting(payload, now));
    }
  }

  private void onRequest(Waiting request) {
    if (instance.unanswered().enter(request.weight())) {
      waiting.add(request);
      waitingBytes += request.payload.length;
      handleWaiting();
      pauseOrResume();
    } else {
      refuseAtOnce(
          request.payload, ErrorCode.UNAVAILABLE, "the gateway has too many requests in hand");
    }
  }

  private void refuseByRate(byte[] payload) {
    if (rate.exhausted()) {
      close(CloseCode.RATE_EXCEEDED);
      return;
    }
    refuseAtOnce(payload, ErrorCode.RATE_LIMITED, "too many requests a second");
  }

  private void refuseAtOnce(byte[] payload, ErrorCode code, String message) {
    instance.requestMeters().refusedAtOnce(code);
    String requestId = null;
    try {
      requestId = JsonFrame.parse(payload).id();
    } catch (Refusal unreadable) {
      // the error goes out without an id
    }
    socket.writeText(Frames.error(requestId, code, message));
  }

  private void handleWaiting() {
    while (!busy && socket.isOpen()) {
      Waiting first = waiting.poll();
      if (first == null) {
        end();
        return;
      }
      waitingBytes -= first.payload.length;
      inHandWeight = first.weight();
      handle(first);
      if (!busy) {
        answered();
      }
    }
  }

  private void handle(Waiting request) {
    String requestId = null;
    String type = null;
    try {
      JsonFrame frame = JsonFrame.parse(request.payload);
      requestId = frame.id();
      type = typeOf(frame);
      ask(type, requestId, frame, request);
    } catch (Refusal refusal) {
      count(type, refusal);
      socket.writeText(Frames.error(requestId, refusal));
    }
  }

  /** A type that is not announced may be anything. */
  private void count(String type, Refusal refusal) {
    if (type != null && instance.frames().isAnnounced(type)) {
      instance.requestMeters().refusedAtOnce(type, refusal.code());
    } else {
      instance.requestMeters().refusedAtOnce(refusal.code());
    }
  }

  private String typeOf(JsonFrame frame) {
    String type = frame.string("type");
    if (type == null) {
      throw Refusal.badRequest("type: missing");
    }
    if (!Shapes.isType(type)) {
      throw new Refusal(
          ErrorCode.UNKNOWN_TYPE, "type: expected lower-case letters, digits and _, at most 64");
    }
    return type;
  }

  private void ask(String type, String requestId, JsonFrame frame, Waiting request) {
    if (type.equals("ping")) {
      socket.writeText(
          requestId == null
              ? Frames.PONG
              : FrameWriter.frame("pong").string("id", requestId).end());
      return;
    }
    if (caller == null && !type.equals(SESSION)) {
      throw new Refusal(ErrorCode.UNAUTHENTICATED, "a session is needed first");
    }
    checkRate(type);
    String traceparent = TraceContext.of(frame);
    if (!relayAtOnce(type, requestId, frame, traceparent)) {
      carryOut(
          new Asked(type, requestId, frame, caller, request.cameAt),
          instance.inbound().ask(type, id, caller, traceparent, request.payload, request.cameAt));
    }
  }

  /** Whether the request is of those that a session service has just allowed, and is done. */
  private boolean relayAtOnce(String type, String requestId, JsonFrame frame, String traceparent) {
    if (shortcuts == null || instance.frames().isAnnounced(type)) {
      return false;
    }
    Shortcuts.Shortcut shortcut = shortcuts.find(type, frame, caller.user(), instance.loop().now());
    if (shortcut == null) {
      return false;
    }
    long began = System.nanoTime();
    Trace trace = instance.tracing().serve("request", traceparent).with("trunkline.type", type);
    long time = System.currentTimeMillis();
    byte[] ack = acknowledge(requestId, time);
    instance
        .relaying()
        .send(
            shortcut.way(),
            Frames.message(shortcut.head(), frame, time),
            trace.isRecorded() ? trace.traceparent() : null);
    trace.end();
    instance.requestMeters().answered(type, ack, System.nanoTime() - began);
    return true;
  }

  /** Sends a message that a session service allows, and such ones from now on for a while. */
  private void relay(Directive.Relay relay, Asked asked) {
    Relaying.Way way = instance.relaying().learn(relay, asked.cameAt);
    if (way != null && asked.caller.equals(caller)) {
      if (shortcuts == null || !shortcuts.areFor(asked.type)) {
        shortcuts = new Shortcuts(asked.type);
      }
      long until = asked.cameAt + relay.millis();
      shortcuts.put(relay.channel(), new Shortcuts.Shortcut(relay.head(), way, until));
    }
    long time = System.currentTimeMillis();
    acknowledge(asked.requestId, time);
    instance.relaying().send(relay, Frames.message(relay.head(), asked.frame, time));
  }

  /** The frame that the client gets; null where it wants none. */
  private byte[] acknowledge(String requestId, long time) {
    byte[] ack = Frames.ack(requestId, time);
    if (ack != null) {
      socket.writeText(ack);
    }
    return ack;
  }

  /** The handler of a type may take fewer frames of a connection than the gateway does. */
  private void checkRate(String type) {
    int most = instance.frames().ratePerSecond(type);
    if (most == 0) {
      return;
    }
    long now = instance.loop().now();
    if (typeRates == null) {
      typeRates = new HashMap<>(2);
    }
    RateLimit limit = typeRates.get(type);
    if (limit == null || limit.rate() != most) {
      limit = new RateLimit(most, most, now);
      typeRates.put(type, limit);
    }
    if (!limit.take(now)) {
      throw new Refusal(
          ErrorCode.RATE_LIMITED, "type: expected at most " + most + " a second of " + type);
    }
  }

  private void carryOut(Asked asked, Future<Reply> reply) {
    busy = true;
    reply
        .compose(this::prepare)
        .onComplete(answer -> apply(answer, asked), e -> refused(asked.requestId, e))
        .onComplete(this::next);
  }

  private void refused(String requestId, Throwable failure) {
    if (failure instanceof Refusal refusal) {
      socket.writeText(Frames.error(requestId, refusal));
    } else {
      log.error("request_failed connection={}", id, failure);
      socket.writeText(Frames.error(requestId, ErrorCode.UNAVAILABLE, "internal error"));
    }
  }

  private void next(io.vertx.core.AsyncResult<Reply> ignored) {
    busy = false;
    answered();
    closeIfEnded();
    handleWaiting();
    pauseOrResume();
  }

  private void answered() {
    instance.unanswered().leave(inHandWeight);
    inHandWeight = 0;
  }

  private void pauseOrResume() {
    boolean full = waiting.size() >= MAX_WAITING || waitingBytes >= MAX_WAITING_BYTES;
    if (readingPaused != full) {
      readingPaused = !readingPaused;
      if (readingPaused) {
        socket.pauseReading();
      } else {
        socket.resumeReading();
      }
    }
  }

  // What an answer does to the connection

  /**
   * What must be so when the client reads the answer: the connection is the session's, and the
   * session services know what it follows. So whoever has read its session frame is online for
   * everybody, and whoever has subscribed misses nothing. Fails where the connection would follow
   * too much, and then nothing of the answer is carried out.
   */
  private Future<Reply> prepare(Reply reply) {
    if (reply.directives().isEmpty() || !socket.isOpen()) {
      return Future.succeededFuture(reply);
    }
    String user = countedAs == null ? UsersElsewhere.userOf(reply) : null;
    return user == null
        ? prepare(reply, 0)
        : instance.elsewhere().count(user, reply).compose(there -> prepare(reply, there));
  }

  /** {@code elsewhere}: how many connections the user has on other gateways. */
  private Future<Reply> prepare(Reply reply, int elsewhere) {
    if (!socket.isOpen()) {
      return Future.succeededFuture(reply);
    }
    List<Directive.Follow> follows = newFollows(reply);
    int most = instance.settings().maxChannelsPerConnection();
    if (channels() + follows.stream().filter(follow -> Topics.isChannel(follow.topic())).count()
        > most) {
      return Future.failedFuture(
          Refusal.forbidden("channel: expected at most " + most + " on one connection"));
    }
    if (!identify(reply, elsewhere) || !socket.isOpen()) {
      return Future.succeededFuture(reply);
    }
    List<Future<Void>> known = new ArrayList<>(1);
    for (Directive.Follow follow : follows) {
      follow(follow);
      known.add(instance.hub().announced(follow.topic()));
    }
    return known.isEmpty() ? Future.succeededFuture(reply) : Future.all(known).map(reply);
  }

  /** False where the user has too many connections, and this one closes. */
  private boolean identify(Reply reply, int elsewhere) {
    for (Directive directive : reply.directives()) {
      if (directive instanceof Directive.Watch w) {
        watch = w;
        watchAt = instance.loop().now() + untilNextLook();
      }
      if (directive instanceof Directive.Identify identify && !identify(identify, elsewhere)) {
        return false;
      }
    }
    return true;
  }

  private List<Directive.Follow> newFollows(Reply reply) {
    List<Directive.Follow> follows = new ArrayList<>(1);
    for (Directive directive : reply.directives()) {
      if (directive instanceof Directive.Follow f && !following.containsKey(f.topic())) {
        follows.add(f);
      }
    }
    return follows;
  }

  /** Without what is followed for their presence. */
  private long channels() {
    return following.keySet().stream().filter(Topics::isChannel).count();
  }

  private void apply(Reply reply, Asked asked) {
    if (!socket.isOpen()) {
      return;
    }
    if (reply.frame() != null) {
      socket.writeText(reply.frame());
    }
    welcomed = caller != null;
    for (Directive directive : reply.directives()) {
      if (directive instanceof Directive.Follow follow) {
        following.get(follow.topic()).begin();
      } else if (directive instanceof Directive.Unfollow unfollow) {
        unfollow(unfollow.topic());
      } else if (directive instanceof Directive.Received received) {
        received(received);
      } else if (directive instanceof Directive.Relay relay) {
        relay(relay, asked);
      } else if (directive instanceof Directive.Close close) {
        socket.close(close.code(), close.reason());
      }
    }
  }

  private boolean identify(Directive.Identify identify, int elsewhere) {
    if (countedAs == null) {
      if (instance.users().isFull(identify.user(), elsewhere)
          || !instance.users().enter(identify.user())) {
        close(CloseCode.TOO_MANY_CONNECTIONS);
        return false;
      }
      countedAs = identify.user();
    }
    String before = session();
    setCaller(identify.user(), identify.session(), identify.permissions());
    instance.identified(this, before);
    expire(identify.expiresAt());
    return true;
  }

  private void setCaller(String user, String session, List<String> permissions) {
    caller = new Caller(user, session, permissions);
    shortcuts = null;
  }

  private void follow(Directive.Follow follow) {
    following.computeIfAbsent(follow.topic(), topic -> instance.hub().follow(this, follow));
  }

  private void unfollow(String topic) {
    Follower follower = following.remove(topic);
    if (follower != null) {
      instance.hub().unfollow(follower);
    }
  }

  private void received(Directive.Received received) {
    Follower follower = following.get(received.topic());
    if (follower != null) {
      follower.received(received.offset());
    }
  }

  /** The session's new expiry, epoch milliseconds; 0 or one that has passed ends the connection. */
  void expire(long at) {
    expiresAt = at;
    if (at <= System.currentTimeMillis()) {
      close(CloseCode.SESSION_ENDED);
    } else {
      wake(instance.loop().now());
    }
  }

  /** The session's expiry and what it may do, as they are by now. */
  void changed(long at, List<String> permissions) {
    setCaller(caller.user(), caller.session(), permissions);
    expiresAt = at;
    wake(instance.loop().now());
  }

  // Time

  @Override
  void wake(long now) {
    if (!socket.isOpen()) {
      return;
    }
    if (caller == null && now >= authenticateBy) {
      close(CloseCode.NOT_AUTHENTICATED);
      return;
    }
    long untilExpiry = expiresAt - System.currentTimeMillis();
    if (caller != null && untilExpiry <= 0) {
      instance.sessions().recheck(this);
      untilExpiry = SessionChecks.RECHECK_MILLIS;
    }
    long due = Math.min(heartbeat.beat(now), look(now));
    if (socket.isOpen()) {
      instance
          .loop()
          .wheel()
          .schedule(this, Math.min(due, caller == null ? authenticateBy : now + untilExpiry));
    }
  }

  /** Asks for a session whose end nobody tells, when it is time; when it is next. */
  private long look(long now) {
    if (watch == null || caller == null) {
      return Long.MAX_VALUE;
    }
    if (now >= watchAt) {
      watchAt = now + untilNextLook();
      instance.sessions().look(this);
    }
    return watchAt;
  }

  /** Not all at once, who came at once. */
  private long untilNextLook() {
    long millis = watch.seconds() * 1000L;
    return millis / 2 + ThreadLocalRandom.current().nextLong(millis);
  }

  // The end

  /**
   * Somebody has deleted the session. An answer that is on its way goes first, as it may be that of
   * the very {@code logout}, or hand in another session.
   */
  void sessionEnded() {
    ended = session();
    if (busy) {
      instance.hub().later(LAST_ANSWER_MILLIS, this::closeIfEnded);
    } else {
      closeIfEnded();
    }
  }

  /** A close's reason as it stands between quotes in a line of the log. */
  static String shown(String reason) {
    return reason.replace('"', '\'');
  }

  private void closeIfEnded() {
    if (ended != null && ended.equals(session())) {
      close(CloseCode.SESSION_ENDED);
    }
  }

  void close(CloseCode code) {
    socket.close(code);
  }

  @Override
  public void onViolation(CloseCode code, String reason) {
    endOnceAnswered(() -> socket.close(code.code(), reason));
  }

  @Override
  public void onGoodbye(int code) {
    endOnceAnswered(() -> socket.answerClose(code));
  }

  private void endOnceAnswered(Runnable how) {
    ending = how;
    if (!busy) {
      end();
    }
  }

  private void end() {
    if (ending != null) {
      ending.run();
    }
  }

  @Override
  public void onWritable() {
    for (Follower follower : following.values()) {
      follower.resume();
    }
  }

  @Override
  public void onClosed(int code, String reason) {
    Traffic traffic = socket.traffic();
    log.info(
        "socket_closed connection={} code={} reason=\"{}\" seconds={} "
            + "frames_in={} frames_out={} bytes_in={} bytes_out={}",
        id,
        code,
        shown(reason),
        (instance.loop().now() - openedAt) / 1000.0,
        traffic.framesIn(),
        traffic.framesOut(),
        traffic.bytesIn(),
        traffic.bytesOut());
    instance.loop().wheel().cancel(this);
    waiting.forEach(request -> instance.unanswered().leave(request.weight()));
    waiting.clear();
    waitingBytes = 0;
    following.values().forEach(instance.hub()::unfollow);
    following.clear();
    if (countedAs != null) {
      instance.users().leave(countedAs);
    }
    instance.closed(this, address);
  }
}
