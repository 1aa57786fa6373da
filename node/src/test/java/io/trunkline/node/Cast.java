package io.trunkline.node;

import io.trunkline.testing.Await;
import io.trunkline.testing.Ports;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The nodes of one test, on ports of their own, in a cluster that no other test meets. */
final class Cast implements AfterEachCallback {
  /** Several Hazelcasts in one process on a busy machine. */
  static final Duration PATIENCE = Duration.ofSeconds(30);

  private final String clusterName = "test-" + UUID.randomUUID();
  private final List<Node> joined = new CopyOnWriteArrayList<>();
  private final List<Integer> ports;

  Cast(int size) {
    ports = Ports.free(size);
  }

  /** A node that is told of all the others. */
  ClusterSettings settings(int index, String name) {
    List<String> members = ports.stream().map(port -> "127.0.0.1:" + port).toList();
    return new ClusterSettings(
        name, "127.0.0.1", ports.get(index), members, clusterName, "127.0.0.1", 0, 2);
  }

  /** As above, with settings of its own by variable. */
  ClusterSettings settings(int index, String name, Map<String, String> more) {
    ClusterSettings plain = settings(index, name);
    Map<String, String> environment = new HashMap<>(more);
    environment.put("TRUNKLINE_NODE_NAME", name);
    environment.put("TRUNKLINE_CLUSTER_NAME", clusterName);
    environment.put("TRUNKLINE_CLUSTER_PORT", String.valueOf(plain.clusterPort()));
    environment.put("TRUNKLINE_CLUSTER_MEMBERS", String.join(",", plain.clusterMembers()));
    return ClusterSettings.from(Settings.load(Role.OTHER, new String[0], environment));
  }

  Future<Node> starting(int index, String name, Map<String, String> more) {
    return Node.join(settings(index, name, more), Role.OTHER).onSuccess(joined::add);
  }

  Node join(int index, String name, Map<String, String> more) {
    return Await.result(starting(index, name, more), PATIENCE);
  }

  Future<Node> starting(int index, String name, Role role) {
    return Node.join(settings(index, name), role).onSuccess(joined::add);
  }

  Node join(int index, String name, Role role) {
    return Await.result(starting(index, name, role), PATIENCE);
  }

  void leave(Node node) {
    joined.remove(node);
    Await.result(node.leave(), PATIENCE);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    Await.result(Future.join(joined.stream().map(Node::leave).toList()), PATIENCE);
    joined.clear();
  }
}
