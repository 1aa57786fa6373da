package io.trunkline.gateway;

import io.trunkline.node.Trace;
import io.trunkline.node.Tracing;
import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.BusMessage.Broadcast;
import io.trunkline.protocol.BusMessage.Connections;
import io.trunkline.protocol.BusMessage.CountConnections;
import io.trunkline.protocol.BusMessage.Deliver;
import io.trunkline.protocol.BusMessage.DeliverTraced;
import io.trunkline.protocol.BusMessage.Delivery;
import io.trunkline.protocol.BusMessage.DisconnectUser;
import io.trunkline.protocol.BusMessage.Done;
import io.trunkline.protocol.BusMessage.DrainGateway;
import io.trunkline.protocol.BusMessage.GatewayLoad;
import io.trunkline.protocol.BusMessage.Head;
import io.trunkline.protocol.BusMessage.Heads;
import io.trunkline.protocol.BusMessage.Refused;
import io.trunkline.protocol.BusMessage.RelaysEnded;
import io.trunkline.protocol.BusMessage.Replies;
import io.trunkline.protocol.BusMessage.SessionsChanged;
import io.trunkline.protocol.BusMessage.SessionsEnded;
import io.trunkline.protocol.BusMessage.Traced;
import io.trunkline.protocol.BusMessage.TypeAnnounced;
import io.trunkline.protocol.BusMessage.TypeGone;
import io.trunkline.protocol.BusMessage.UsersChanged;
import io.trunkline.protocol.ErrorCode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * What comes from the bus for this node's connections: taken once for the node and handed to the
 * event loops that have something to do with it. Confined to the node's context.
 */
final class Outbound {
  private final Interest interest;
  private final List<Instance> instances;
  private final Admission users;
  private final HandledTypes types;
  private final Tracing tracing;
  private final Balance balance;
  private final Draining draining;
  private final MessageConsumer<BusMessage> own;
  private final MessageConsumer<BusMessage> all;

  Outbound(
      Vertx vertx,
      String node,
      Interest interest,
      List<Instance> instances,
      Admission users,
      HandledTypes types,
      Balance balance,
      Draining draining,
      Tracing tracing) {
    this.interest = interest;
    this.instances = instances;
    this.users = users;
    this.types = types;
    this.tracing = tracing;
    this.balance = balance;
    this.draining = draining;
    own = vertx.eventBus().consumer(Addresses.gateway(node));
    all = vertx.eventBus().consumer(Addresses.GATEWAY_ALL);
    own.handler(this::onOwn);
    all.handler(message -> onAll(message.body()));
  }

  /** Done when every node of the cluster can reach this one. */
  Future<Void> ready() {
    return own.completion().compose(done -> all.completion());
  }

  Future<Void> stop() {
    return Future.join(own.unregister(), all.unregister()).mapEmpty();
  }

  private void onOwn(Message<BusMessage> message) {
    if (message.body() instanceof Deliver deliver) {
      byHub(deliver.deliveries(), Delivery::topic, (hub, part) -> hub.deliver(part));
    } else if (message.body() instanceof DeliverTraced deliver) {
      IdentityHashMap<Delivery, String> traced = traced(deliver);
      byHub(deliver.deliveries(), Delivery::topic, (hub, part) -> deliver(hub, part, traced));
    } else if (message.body() instanceof Heads heads) {
      byHub(heads.heads(), Head::topic, (hub, part) -> hub.heads(part));
    } else if (message.body() instanceof Replies answers) {
      onLoop(answers.loop(), instance -> instance.batches().answered(answers));
    }
    if (message.body() instanceof RelaysEnded word) {
      endRelays(word).onSuccess(ended -> message.reply(new Done()));
    } else if (message.body() instanceof CountConnections question) {
      message.reply(new Connections(users.count(question.user())));
    } else if (message.body() instanceof DisconnectUser wish) {
      message.reply(new Connections(users.count(wish.user())));
      onEveryLoop(instance -> instance.disconnect(wish.user()));
    } else if (message.body() instanceof DrainGateway wish) {
      message.reply(drain(wish.drain()));
    } else if (message.replyAddress() != null) {
      message.reply(new Done());
    }
  }

  /** Done when no loop goes by what was said before. */
  private Future<Void> endRelays(RelaysEnded word) {
    List<Future<?>> ended = new ArrayList<>();
    for (Instance instance : instances) {
      Promise<Void> here = Promise.promise();
      ended.add(here.future());
      instance
          .loop()
          .execute(
              () -> {
                instance.relaying().ended(word);
                here.complete();
              });
    }
    return Future.all(ended).mapEmpty();
  }

  private BusMessage drain(boolean wished) {
    int connections = draining.connections(); // before the first of them goes
    if (wished) {
      draining.begin();
    } else if (!draining.end()) {
      return new Refused(ErrorCode.FORBIDDEN, "this gateway stops");
    }
    return new Connections(connections);
  }

  /** By identity: the same frame may come for many topics. */
  private static IdentityHashMap<Delivery, String> traced(DeliverTraced deliver) {
    IdentityHashMap<Delivery, String> traced = new IdentityHashMap<>();
    for (Traced each : deliver.traced()) {
      traced.put(deliver.deliveries().get(each.index()), each.traceparent());
    }
    return traced;
  }

  /** On the hub's loop; a span for each that has readers there. */
  private void deliver(Hub hub, List<Delivery> part, IdentityHashMap<Delivery, String> traced) {
    List<Trace> traces =
        part.stream()
            .map(traced::get)
            .filter(Objects::nonNull)
            .map(traceparent -> tracing.consume("deliver", traceparent))
            .toList();
    hub.deliver(part);
    traces.forEach(Trace::end);
  }

  private void onAll(BusMessage message) {
    if (message instanceof Broadcast broadcast) {
      onEveryLoop(instance -> instance.broadcast(broadcast.frame()));
    } else if (message instanceof SessionsEnded ended) {
      onEveryLoop(instance -> instance.sessionsEnded(ended.sessions()));
    } else if (message instanceof SessionsChanged changed) {
      onEveryLoop(instance -> instance.sessionsChanged(changed.sessions()));
    } else if (message instanceof UsersChanged changed) {
      Set<String> users = Set.copyOf(changed.users());
      onEveryLoop(instance -> instance.usersChanged(users));
    } else if (message instanceof TypeAnnounced word) {
      types.announced(word);
    } else if (message instanceof TypeGone word) {
      types.gone(word);
    } else if (message instanceof GatewayLoad load) {
      balance.heard(load);
    }
  }

  private void onEveryLoop(Consumer<Instance> task) {
    instances.forEach(instance -> instance.loop().execute(() -> task.accept(instance)));
  }

  /** Does nothing for a number that no loop has. */
  private void onLoop(int number, Consumer<Instance> task) {
    for (Instance instance : instances) {
      if (instance.number() == number) {
        instance.loop().execute(() -> task.accept(instance));
      }
    }
  }

  private interface HubTask<T> {
    void run(Hub hub, List<T> part);
  }

  /** Splits a batch by the hubs that follow its topics: one task for each, in the batch's order. */
  private <T> void byHub(List<T> batch, Function<T, String> topic, HubTask<T> task) {
    Map<Hub, List<T>> parts = new HashMap<>(4);
    for (T item : batch) {
      for (Hub hub : interest.hubs(topic.apply(item))) {
        parts.computeIfAbsent(hub, h -> new ArrayList<>(batch.size())).add(item);
      }
    }
    parts.forEach((hub, part) -> hub.loop().execute(() -> task.run(hub, part)));
  }
}
