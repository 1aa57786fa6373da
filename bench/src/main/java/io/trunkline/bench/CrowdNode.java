package io.trunkline.bench;

import io.trunkline.node.ClusterSettings;
import io.trunkline.node.Node;
import io.trunkline.node.Role;
import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.BusMessage.Connections;
import io.trunkline.protocol.BusMessage.CountConnections;
import io.trunkline.protocol.BusMessage.Done;
import io.trunkline.protocol.BusMessage.Following;
import io.trunkline.protocol.BusMessage.FollowingKnown;
import io.trunkline.protocol.Topics;
import io.vertx.core.Future;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What the session services see of a gateway with very many users: it tells them whom it has, in
 * the messages and at the pace of a gateway's own feed, and has no sockets. A process of its own,
 * so that it can be killed.
 *
 * <p>Arguments: name, cluster port, cluster members, cluster name, first user, users, channel.
 */
public final class CrowdNode {
  private static final int BATCH = 4096;
  private static final DeliveryOptions OPTIONS = new DeliveryOptions().setSendTimeout(5000);

  private final Node node;
  private final long incarnation = System.currentTimeMillis();
  private final Map<String, Long> sequences = new HashMap<>();

  private CrowdNode(Node node) {
    this.node = node;
  }

  public static void main(String[] args) throws Exception {
    ClusterSettings settings =
        new ClusterSettings(
            args[0],
            "127.0.0.1",
            Integer.parseInt(args[1]),
            List.of(args[2].split(",")),
            args[3],
            "127.0.0.1",
            0,
            1);
    Node node = await(Node.join(settings, Role.GATEWAY));
    int first = Integer.parseInt(args[4]);
    new CrowdNode(node).run(topics(first, Integer.parseInt(args[5]), args[6]));
  }

  static String user(int number) {
    return "user-%06d".formatted(number);
  }

  private static List<String> topics(int first, int users, String channel) {
    List<String> topics = new ArrayList<>();
    for (int i = first; i < first + users; i++) {
      topics.add(Topics.user(user(i)));
      topics.add(Topics.here(channel, user(i)));
    }
    return topics;
  }

  private void run(List<String> topics) throws Exception {
    await(
        node.vertx()
            .eventBus()
            .<BusMessage>consumer(Addresses.gateway(node.name()), CrowdNode::answer)
            .completion());
    for (String service : node.members().of(Role.SESSION)) {
      for (int from = 0; from < topics.size(); from += BATCH) {
        tell(service, from == 0, topics.subList(from, Math.min(from + BATCH, topics.size())));
      }
    }
    System.out.println("told");
    while (true) {
      for (String service : node.members().of(Role.SESSION)) {
        tell(service, false, List.of());
      }
      TimeUnit.SECONDS.sleep(1);
    }
  }

  private void tell(String service, boolean reset, List<String> added) throws Exception {
    long sequence = sequences.merge(service, 1L, Long::sum);
    Following message = new Following(node.name(), incarnation, sequence, reset, added, List.of());
    BusMessage answer =
        await(
                node.vertx()
                    .eventBus()
                    .<BusMessage>request(Addresses.directory(service), message, OPTIONS))
            .body();
    if (!((FollowingKnown) answer).inSync()) {
      throw new IllegalStateException(service + " has missed something");
    }
  }

  private static void answer(Message<BusMessage> message) {
    message.reply(message.body() instanceof CountConnections ? new Connections(1) : new Done());
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
  }
}
