package io.trunkline.demo;

import io.trunkline.gateway.Gateway;
import io.trunkline.gateway.GatewaySettings;
import io.trunkline.node.ClusterSettings;
import io.trunkline.node.Node;
import io.trunkline.node.Role;
import io.trunkline.testing.Await;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A gateway with the demo page in a process of its own, so that it can be killed. */
final class GatewayAlone {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int EVENT_LOOPS = 2;

  private GatewayAlone() {}

  /** Arguments: name, cluster port, members, its own and the other's HTTP port. */
  public static void main(String[] args) throws InterruptedException {
    DemoSettings settings =
        new DemoSettings("127.0.0.1", List.of(Integer.valueOf(args[3]), Integer.valueOf(args[4])));
    Node node = Await.result(join(args), PATIENCE);
    Await.result(
        Gateway.start(
            node,
            GatewaySettings.of(
                Map.of(
                    "TRUNKLINE_HTTP_HOST",
                    settings.host(),
                    "TRUNKLINE_HTTP_PORT",
                    args[3],
                    "TRUNKLINE_ALLOWED_ORIGINS",
                    settings.url(0) + "," + settings.url(1))),
            new DemoRoutes(settings.ports().stream().sorted().toList())::addTo),
        PATIENCE);
    Thread.currentThread().join();
  }

  static io.vertx.core.Future<Node> join(String[] args) {
    List<String> members = Stream.of(args[2].split(",")).toList();
    return Node.join(
        new ClusterSettings(
            args[0],
            "127.0.0.1",
            Integer.parseInt(args[1]),
            members,
            "trunkline-browser-" + members.get(0),
            "127.0.0.1",
            0,
            EVENT_LOOPS),
        args[0].startsWith("gateway") ? Role.GATEWAY : Role.SESSION);
  }
}
