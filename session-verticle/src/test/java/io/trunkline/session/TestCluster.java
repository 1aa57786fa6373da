package io.trunkline.session;

import io.trunkline.node.ClusterSettings;
import io.trunkline.node.Node;
import io.trunkline.node.Role;
import io.trunkline.testing.Await;
import io.trunkline.testing.Ports;
import io.trunkline.testing.TestPostgres;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.UUID;

/** A cluster that no other test meets, around a database of its own. */
final class TestCluster implements AutoCloseable {
  /** Several Hazelcasts in one process on a busy machine. */
  static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final int MOST_NODES = 5;
  private static final int EVENT_LOOPS = 2;

  final String databaseUrl;
  final SessionServiceSettings settings;

  private final String name = "test-" + UUID.randomUUID();
  private final List<Integer> ports = Ports.free(MOST_NODES);
  private final Deque<Node> nodes = new ArrayDeque<>();
  private int joined;

  TestCluster() {
    this(TestPostgres.freshDatabase());
  }

  TestCluster(String databaseUrl) {
    this.databaseUrl = databaseUrl;
    this.settings = new SessionServiceSettings(databaseUrl, 4, 3600, 168);
  }

  Node join(String node, Role role) {
    List<String> members = ports.stream().map(port -> "127.0.0.1:" + port).toList();
    ClusterSettings cluster =
        new ClusterSettings(
            node, "127.0.0.1", ports.get(joined++), members, name, "127.0.0.1", 0, EVENT_LOOPS);
    Node started = Await.result(Node.join(cluster, role), PATIENCE);
    nodes.push(started);
    return started;
  }

  FakeGateway gateway(String node) {
    return new FakeGateway(join(node, Role.GATEWAY));
  }

  SessionService service(Node node) {
    return Await.result(SessionService.start(node, settings), PATIENCE);
  }

  SessionService service(String node) {
    return service(join(node, Role.SESSION));
  }

  void leave(Node node) {
    nodes.remove(node);
    Await.result(node.leave(), PATIENCE);
  }

  @Override
  public void close() {
    Await.result(Future.join(nodes.stream().map(Node::leave).toList()), PATIENCE);
  }
}
