package io.trunkline.session;

import io.trunkline.node.Node;
import io.trunkline.node.Role;
import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.BusMessage.Broadcast;
import io.trunkline.protocol.BusMessage.Caller;
import io.trunkline.protocol.BusMessage.Deliver;
import io.trunkline.protocol.BusMessage.Delivery;
import io.trunkline.protocol.BusMessage.Done;
import io.trunkline.protocol.BusMessage.Following;
import io.trunkline.protocol.BusMessage.FollowingKnown;
import io.trunkline.protocol.BusMessage.Head;
import io.trunkline.protocol.BusMessage.Heads;
import io.trunkline.protocol.BusMessage.NumberedReply;
import io.trunkline.protocol.BusMessage.RelaysEnded;
import io.trunkline.protocol.BusMessage.Replies;
import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.BusMessage.Request;
import io.trunkline.protocol.BusMessage.SessionsEnded;
import io.trunkline.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;

/** What a session service sees of a gateway: a few bus addresses on another node, and no more. */
final class FakeGateway {
  static final int HEARTBEAT_SECONDS = 25;
  private static final int TIMEOUT_MILLIS = 4500;
  private static final long BEAT_MILLIS = 300;
  private static final DeliveryOptions OPTIONS =
      new DeliveryOptions().setSendTimeout(TIMEOUT_MILLIS);

  final Node node;
  final Queue<Delivery> delivered = new ConcurrentLinkedQueue<>();
  final Queue<Integer> batches = new ConcurrentLinkedQueue<>();
  final Queue<Head> heads = new ConcurrentLinkedQueue<>();
  final Queue<JsonObject> broadcasts = new ConcurrentLinkedQueue<>();
  final Queue<String> ended = new ConcurrentLinkedQueue<>();
  final Queue<NumberedReply> later = new ConcurrentLinkedQueue<>();
  final Queue<Message<?>> unconfirmed = new ConcurrentLinkedQueue<>();

  /** Deliveries are kept unconfirmed while this is set. */
  volatile boolean hanging;

  private final Set<String> topics = new LinkedHashSet<>();
  private final Map<String, Long> sequences = new HashMap<>();
  private boolean silent;

  FakeGateway(Node node) {
    this.node = node;
    Await.result(
        Future.all(
            node.vertx()
                .eventBus()
                .<BusMessage>consumer(Addresses.gateway(node.name()), this::onMessage)
                .completion(),
            node.vertx()
                .eventBus()
                .<BusMessage>consumer(Addresses.GATEWAY_ALL, this::onMessage)
                .completion()));
    node.vertx().setPeriodic(0, BEAT_MILLIS, timer -> beat());
  }

  static Caller caller(String user) {
    return new Caller(user, "00".repeat(32), Permissions.DEFAULT);
  }

  /** Follows {@code topic}; done when every session service has been told. */
  synchronized Future<Void> follow(String topic) {
    topics.add(topic);
    return tell(List.of(topic), List.of());
  }

  synchronized Future<Void> unfollow(String topic) {
    topics.remove(topic);
    return tell(List.of(), List.of(topic));
  }

  /** Says nothing any more, but stays in the cluster. */
  synchronized void beSilent() {
    silent = true;
  }

  /** Each later caller of {@link #follow} begins anew. */
  synchronized void forgetSequences() {
    sequences.clear();
  }

  Reply ask(Request request) {
    return (Reply) ask(Addresses.message(request.type()), request);
  }

  /** The answer to a frame of {@code caller}. */
  Reply ask(Caller caller, String json) {
    return ask(request(caller, 1, json));
  }

  JsonObject askForFrame(Caller caller, String json) {
    return json(ask(caller, json).frame());
  }

  BusMessage ask(String address, BusMessage question) {
    return Await.result(asking(address, question));
  }

  Future<BusMessage> asking(String address, BusMessage question) {
    return node.vertx()
        .eventBus()
        .<BusMessage>request(address, question, OPTIONS)
        .map(Message::body);
  }

  Request request(Caller caller, int attempt, String json) {
    String type = new JsonObject(json).getString("type");
    return request(type, caller, attempt, TIMEOUT_MILLIS, json);
  }

  Request request(String type, Caller caller, int attempt, int timeoutMillis, String json) {
    return new Request(
        type,
        "c-1",
        node.name(),
        HEARTBEAT_SECONDS,
        attempt,
        timeoutMillis,
        caller,
        null,
        json.getBytes(StandardCharsets.UTF_8));
  }

  static JsonObject json(byte[] frame) {
    return new JsonObject(new String(frame, StandardCharsets.UTF_8));
  }

  private void onMessage(Message<BusMessage> message) {
    BusMessage body = message.body();
    if (body instanceof Deliver deliver) {
      delivered.addAll(deliver.deliveries());
      if (!deliver.deliveries().isEmpty()) {
        batches.add(deliver.deliveries().size());
      }
      if (hanging) {
        unconfirmed.add(message);
      } else {
        message.reply(new Done());
      }
    } else if (body instanceof Heads told) {
      heads.addAll(told.heads());
      message.reply(new Done());
    } else if (body instanceof Broadcast broadcast) {
      broadcasts.add(json(broadcast.frame()));
    } else if (body instanceof Replies replies) {
      later.addAll(replies.replies());
    } else if (body instanceof SessionsEnded gone) {
      ended.addAll(gone.sessions());
    } else if (body instanceof RelaysEnded) {
      message.reply(new Done());
    }
  }

  private synchronized void beat() {
    if (!silent) {
      tell(List.of(), List.of());
    }
  }

  private Future<Void> tell(List<String> added, List<String> removed) {
    return Future.join(
            node.members().of(Role.SESSION).stream()
                .map(service -> tell(service, added, removed))
                .toList())
        .mapEmpty();
  }

  private Future<Void> tell(String service, List<String> added, List<String> removed) {
    boolean reset = !sequences.containsKey(service);
    long sequence = sequences.merge(service, 1L, Long::sum);
    List<String> all = reset ? List.copyOf(topics) : added;
    Following message = new Following(node.name(), 1, sequence, reset, all, removed);
    return asking(Addresses.directory(service), message)
        .onFailure(failure -> restart(service))
        .onSuccess(
            answer -> {
              if (!((FollowingKnown) answer).inSync()) {
                restart(service);
              }
            })
        .mapEmpty();
  }

  private synchronized void restart(String service) {
    sequences.remove(service);
  }
}
