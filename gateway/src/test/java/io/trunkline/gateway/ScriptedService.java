package io.trunkline.gateway;

import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.BusMessage.CheckSessions;
import io.trunkline.protocol.BusMessage.Deliver;
import io.trunkline.protocol.BusMessage.Delivery;
import io.trunkline.protocol.BusMessage.Done;
import io.trunkline.protocol.BusMessage.Following;
import io.trunkline.protocol.BusMessage.FollowingKnown;
import io.trunkline.protocol.BusMessage.Head;
import io.trunkline.protocol.BusMessage.Heads;
import io.trunkline.protocol.BusMessage.LogPage;
import io.trunkline.protocol.BusMessage.MoveCursors;
import io.trunkline.protocol.BusMessage.NumberedReply;
import io.trunkline.protocol.BusMessage.ReadHeads;
import io.trunkline.protocol.BusMessage.ReadLog;
import io.trunkline.protocol.BusMessage.Replies;
import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.BusMessage.Request;
import io.trunkline.protocol.BusMessage.Requests;
import io.trunkline.protocol.BusMessage.SessionStates;
import io.trunkline.protocol.Directive;
import io.trunkline.protocol.FrameWriter;
import io.trunkline.protocol.JsonFrame;
import io.trunkline.protocol.Times;
import io.trunkline.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A session service as the gateway sees it: consumers on the bus of another node, each of whose
 * answers a test can write itself. What nobody has written behaves: sessions that {@link #session}
 * gave are valid, {@code echo} echoes, the log gives what {@link #append} stored.
 */
final class ScriptedService {
  private static final long HOUR_MILLIS = 3_600_000;

  /** An answer that never comes. */
  static final Future<BusMessage> SILENCE = io.vertx.core.Promise.<BusMessage>promise().future();

  private record Session(String user, long expiresAt) {}

  private final Vertx vertx;
  private final Vertx gatewayVertx;
  private final String gateway;
  private final AtomicInteger sessionCount = new AtomicInteger();
  private final Map<String, Session> sessions = new ConcurrentHashMap<>();
  private final Map<String, MessageConsumer<BusMessage>> consumers = new ConcurrentHashMap<>();

  /** What a test has written, by address. */
  private final Map<String, Function<BusMessage, Future<BusMessage>>> script =
      new ConcurrentHashMap<>();

  private final Map<String, List<Delivery>> logs = new ConcurrentHashMap<>();

  /** Everything that was asked, since the test began. */
  private final Queue<BusMessage> asked = new ConcurrentLinkedQueue<>();

  /** What the gateway follows, as it told. */
  private final Set<String> followed = ConcurrentHashMap.newKeySet();

  ScriptedService(Vertx vertx, Vertx gatewayVertx, String node, String gateway) {
    this.vertx = vertx;
    this.gatewayVertx = gatewayVertx;
    this.gateway = gateway;
    serve(Addresses.message("session"), this::onSession);
    serve(Addresses.message("echo"), this::onEcho);
    vertx.eventBus().<Requests>consumer(Addresses.REQUESTS, this::onRequests);
    serve(Addresses.SESSIONS, this::onSessions);
    serve(Addresses.LOG, this::onLog);
    serve(Addresses.directory(node), this::onFollowing);
  }

  /** Back to good behaviour; sessions and logs stay. */
  void reset() {
    script.clear();
    asked.clear();
  }

  // What tests write

  /** Replies requests of {@code type} this way until the test ends. */
  synchronized void answer(String type, Function<Request, Future<BusMessage>> answer) {
    String address = Addresses.message(type);
    script.put(address, message -> answer.apply((Request) message));
    if (!consumers.containsKey(address)) {
      serve(address, message -> Future.failedFuture("nobody has written this answer"));
    }
  }

  /** Replies at {@code address} this way until the test ends. */
  void answerAt(String address, Function<BusMessage, Future<BusMessage>> answer) {
    script.put(address, answer);
  }

  /** Nobody is at {@code address} while {@code task} runs. */
  void without(List<String> addresses, Runnable task) {
    addresses.forEach(address -> Await.result(consumers.get(address).unregister()));
    Await.until(
        () -> addresses.stream().noneMatch(this::isSeenByGateway),
        "the gateway sees that nobody answers any more");
    try {
      task.run();
    } finally {
      addresses.forEach(address -> serve(address, defaults.get(address)));
    }
  }

  /** What the gateway sends while it still does is dropped without a word. */
  private boolean isSeenByGateway(String address) {
    return Await.result(
        gatewayVertx
            .eventBus()
            .request(address, new Done(), new DeliveryOptions().setSendTimeout(200))
            .map(true)
            .otherwise(
                failure -> ((ReplyException) failure).failureType() != ReplyFailure.NO_HANDLERS));
  }

  private final Map<String, Function<BusMessage, Future<BusMessage>>> defaults =
      new ConcurrentHashMap<>();

  private void serve(String address, Function<BusMessage, Future<BusMessage>> otherwise) {
    defaults.put(address, otherwise);
    MessageConsumer<BusMessage> consumer = vertx.eventBus().consumer(address);
    consumer.handler(message -> reply(message, script.getOrDefault(address, otherwise)));
    Await.result(consumer.completion());
    consumers.put(address, consumer);
  }

  /** The first answer is the reply, and each other one goes by itself: all ways that there are. */
  private void onRequests(Message<Requests> message) {
    Requests batch = message.body();
    Consumer<NumberedReply> later =
        answer ->
            vertx
                .eventBus()
                .send(Addresses.gateway(gateway), new Replies(batch.loop(), List.of(answer)));
    AtomicReference<Consumer<NumberedReply>> way = new AtomicReference<>();
    way.set(
        answer -> {
          way.set(later);
          message.reply(new Replies(batch.loop(), List.of(answer)));
        });
    long number = batch.first();
    for (Request request : batch.requests()) {
      long asked = number++;
      answer(request).onSuccess(reply -> way.get().accept(new NumberedReply(asked, reply)));
    }
  }

  /** Null where nobody here takes the type, or a test lets it fail as only other handlers do. */
  private Future<Reply> answer(Request request) {
    String address = Addresses.message(request.type());
    MessageConsumer<BusMessage> consumer = consumers.get(address);
    if (consumer == null || !consumer.isRegistered()) {
      return Future.succeededFuture();
    }
    Future<BusMessage> answer = script.getOrDefault(address, defaults.get(address)).apply(request);
    if (answer.failed()) {
      return Future.succeededFuture();
    }
    asked.add(request);
    return answer.map(reply -> (Reply) reply);
  }

  private void reply(Message<BusMessage> message, Function<BusMessage, Future<BusMessage>> answer) {
    asked.add(message.body());
    answer
        .apply(message.body())
        .onSuccess(message::reply)
        .onFailure(e -> message.fail(1, String.valueOf(e.getMessage())));
  }

  // Sessions

  /** The id of a new session, good for an hour. */
  String session(String user) {
    return session(user, System.currentTimeMillis() + HOUR_MILLIS);
  }

  String session(String user, long expiresAt) {
    String id = user + "-session-" + sessionCount.incrementAndGet();
    sessions.put(id, new Session(user, expiresAt));
    return id;
  }

  void expire(String sessionId, long expiresAt) {
    sessions.computeIfPresent(sessionId, (id, session) -> new Session(session.user, expiresAt));
  }

  /** As it stands in bus messages; here a mark, in life a SHA-256. */
  static String hash(String sessionId) {
    return "hash of " + sessionId;
  }

  private Future<BusMessage> onSession(BusMessage message) {
    Request request = (Request) message;
    JsonFrame frame = JsonFrame.parse(request.body());
    String id = frame.string("session_id");
    if (id == null || id.isBlank()) {
      return Future.succeededFuture(Reply.of(status(frame, "empty").end()));
    }
    Session session = sessions.get(id);
    if (session == null || session.expiresAt <= System.currentTimeMillis()) {
      return Future.succeededFuture(Reply.of(status(frame, "expired").end()));
    }
    return Future.succeededFuture(valid(frame, request, id, session));
  }

  private Reply valid(JsonFrame frame, Request request, String id, Session session) {
    String topic = "user:" + session.user;
    long head = entries(topic).size();
    long after = frame.integer("since", 0, Long.MAX_VALUE, head);
    return Reply.of(
        status(frame, "valid")
            .string("user", session.user)
            .string("expires_at", Times.iso(session.expiresAt))
            .string("node", request.node())
            .number("offset", head)
            .number("heartbeat_seconds", request.heartbeatSeconds())
            .end(),
        new Directive.Identify(session.user, hash(id), session.expiresAt, List.of("broadcast")),
        new Directive.Follow(topic, after, true));
  }

  private static FrameWriter status(JsonFrame frame, String status) {
    return FrameWriter.frame("session").optional("id", frame.id()).string("status", status);
  }

  private Future<BusMessage> onEcho(BusMessage message) {
    JsonFrame frame = JsonFrame.parse(((Request) message).body());
    return Future.succeededFuture(
        Reply.of(
            FrameWriter.frame("echo")
                .optional("id", frame.id())
                .raw("content", frame.raw("content"))
                .end()));
  }

  private Future<BusMessage> onSessions(BusMessage message) {
    if (message instanceof CheckSessions check) {
      return Future.succeededFuture(
          new SessionStates(check.sessions().stream().map(this::stateOf).toList()));
    }
    return Future.failedFuture("nobody has written this answer");
  }

  private long stateOf(String hash) {
    return sessions.entrySet().stream()
        .filter(entry -> hash(entry.getKey()).equals(hash))
        .mapToLong(entry -> entry.getValue().expiresAt)
        .filter(at -> at > System.currentTimeMillis())
        .findFirst()
        .orElse(0);
  }

  // The log

  /** Stores a frame; its delivery. */
  Delivery append(String topic, String text) {
    List<Delivery> entries = entries(topic);
    synchronized (entries) {
      long offset = entries.size() + 1L;
      byte[] frame =
          FrameWriter.frame("stored").string("text", text).number("offset", offset).end();
      entries.add(new Delivery(topic, offset, frame));
      return entries.get(entries.size() - 1);
    }
  }

  /** Sends it over the fast path; done when the gateway has it. */
  void push(Delivery... deliveries) {
    Await.result(
        vertx
            .eventBus()
            .request(
                Addresses.gateway(gateway),
                new Deliver(List.of(deliveries)),
                new DeliveryOptions().setSendTimeout(2000)));
  }

  void heads(String topic) {
    vertx
        .eventBus()
        .send(
            Addresses.gateway(gateway), new Heads(List.of(new Head(topic, entries(topic).size()))));
  }

  /** To every gateway. */
  void publish(BusMessage message) {
    vertx.eventBus().publish(Addresses.GATEWAY_ALL, message);
  }

  private List<Delivery> entries(String topic) {
    return logs.computeIfAbsent(topic, name -> new ArrayList<>());
  }

  Future<BusMessage> onLog(BusMessage message) {
    if (message instanceof ReadLog read) {
      List<Delivery> entries = entries(read.topic());
      synchronized (entries) {
        return Future.succeededFuture(page(entries, read));
      }
    }
    if (message instanceof ReadHeads heads) {
      return Future.succeededFuture(
          new Heads(
              heads.topics().stream()
                  .map(topic -> new Head(topic, entries(topic).size()))
                  .toList()));
    }
    return Future.succeededFuture(new Done());
  }

  private static LogPage page(List<Delivery> entries, ReadLog read) {
    List<Delivery> page = new ArrayList<>();
    int bytes = 0;
    for (Delivery entry : entries) {
      if (entry.offset() <= read.after()) {
        continue;
      }
      if (page.size() == read.limit() || bytes >= read.maxBytes()) {
        break;
      }
      page.add(entry);
      bytes += entry.frame().length;
    }
    return new LogPage(page, entries.size());
  }

  // What was asked

  /** Requests of clients of this type, in the order in which they came. */
  List<Request> requests(String type) {
    return asked(Request.class).stream().filter(request -> request.type().equals(type)).toList();
  }

  <T extends BusMessage> List<T> asked(Class<T> kind) {
    return asked.stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  /** The furthest that the session's cursor was moved to, or -1. */
  long cursorOf(String sessionId) {
    return asked(MoveCursors.class).stream()
        .flatMap(move -> move.cursors().stream())
        .filter(cursor -> cursor.session().equals(hash(sessionId)))
        .mapToLong(BusMessage.Cursor::offset)
        .max()
        .orElse(-1);
  }

  boolean isFollowed(String topic) {
    return followed.contains(topic);
  }

  Future<BusMessage> onFollowing(BusMessage message) {
    Following following = (Following) message;
    if (following.reset()) {
      followed.clear();
    }
    following.removed().forEach(followed::remove);
    followed.addAll(following.added());
    return Future.succeededFuture(new FollowingKnown(true));
  }

  static Future<BusMessage> reply(String frame) {
    return Future.succeededFuture(Reply.of(frame.getBytes(StandardCharsets.UTF_8)));
  }
}
