package io.trunkline.gateway;

import io.trunkline.node.ClusterSettings;
import io.trunkline.node.ManagementSettings;
import io.trunkline.node.Node;
import io.trunkline.node.Program;
import io.trunkline.node.Role;
import io.trunkline.node.Running;
import io.trunkline.node.Settings;
import io.vertx.core.Future;
import java.time.Duration;

/** {@code java -jar gateway.jar}: one gateway node until SIGTERM. */
public final class GatewayMain {
  /** Beside the drain: leaving the cluster. */
  private static final int LEAVE_SECONDS = 15;

  private GatewayMain() {}

  public static void main(String[] args) {
    Program.run(args, Role.GATEWAY, All::from, GatewayMain::start);
  }

  private record All(
      ClusterSettings cluster, ManagementSettings management, GatewaySettings gateway) {
    static All from(Settings settings) {
      return new All(
          ClusterSettings.from(settings),
          ManagementSettings.from(settings),
          GatewaySettings.from(settings));
    }
  }

  private static Future<Running> start(All settings) {
    return Node.join(settings.cluster(), Role.GATEWAY)
        .onSuccess(node -> node.onStranded(Program::giveUp))
        .compose(node -> node.orLeave(serve(node, settings)));
  }

  private static Future<Running> serve(Node node, All settings) {
    return Gateway.start(node, settings.gateway(), router -> {})
        .compose(gateway -> manage(node, gateway, settings));
  }

  private static Future<Running> manage(Node node, Gateway gateway, All settings) {
    return gateway
        .manage(settings.management())
        .map(management -> running(node, gateway, settings.gateway().drainSeconds()));
  }

  private static Running running(Node node, Gateway gateway, int drainSeconds) {
    return new Running() {
      @Override
      public Future<Void> stop() {
        return gateway.stop().eventually(node::leave);
      }

      @Override
      public Duration stopWithin() {
        return Duration.ofSeconds(drainSeconds + LEAVE_SECONDS);
      }
    };
  }
}
