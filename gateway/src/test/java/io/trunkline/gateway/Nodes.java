package io.trunkline.gateway;

import io.trunkline.node.ClusterSettings;
import io.trunkline.node.Node;
import io.trunkline.node.Role;
import io.trunkline.testing.Await;
import io.trunkline.testing.Ports;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A cluster of two that all tests of this module share, as forming it takes longer than most of
 * them: the node of the gateways, which run one at a time, and that of the scripted session
 * service.
 */
final class Nodes implements AutoCloseable {
  /** Two Hazelcasts in one process on a busy machine. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Two, so that what goes from one loop to another is tested on every machine. */
  private static final int EVENT_LOOPS = 2;

  private final List<Integer> ports = Ports.free(3);
  private final String cluster = "test-" + UUID.randomUUID();
  private final Node gateway;
  private final Node session;
  private final ScriptedService service;

  Nodes() {
    Future<Node> one = join("g1", 0, Role.GATEWAY);
    Future<Node> other = join("s1", 1, Role.SESSION);
    gateway = Await.result(one, PATIENCE);
    session = Await.result(other, PATIENCE);
    Await.until(() -> gateway.members().of(Role.SESSION).contains("s1"), PATIENCE, "g1 sees s1");
    Await.until(() -> session.members().of(Role.GATEWAY).contains("g1"), PATIENCE, "s1 sees g1");
    service = new ScriptedService(session.vertx(), gateway.vertx(), "s1", "g1");
  }

  static Nodes of(ExtensionContext context) {
    return context
        .getRoot()
        .getStore(ExtensionContext.Namespace.GLOBAL)
        .getOrComputeIfAbsent(Nodes.class, type -> new Nodes(), Nodes.class);
  }

  Node gateway() {
    return gateway;
  }

  ScriptedService service() {
    return service;
  }

  /** One more node, which the gateway has seen; whoever asked for it makes it leave. */
  Node guest() {
    Node guest = Await.result(join("guest", 2, Role.OTHER), PATIENCE);
    Await.until(() -> isThere(guest), PATIENCE, "g1 sees the guest");
    return guest;
  }

  boolean isThere(Node guest) {
    return gateway.members().of(Role.OTHER).contains(guest.name());
  }

  @Override
  public void close() {
    Await.result(Future.join(gateway.leave(), session.leave()), PATIENCE);
  }

  private Future<Node> join(String name, int index, Role role) {
    List<String> members = ports.stream().map(port -> "127.0.0.1:" + port).toList();
    return Node.join(
        new ClusterSettings(
            name, "127.0.0.1", ports.get(index), members, cluster, "127.0.0.1", 0, EVENT_LOOPS),
        role);
  }
}
