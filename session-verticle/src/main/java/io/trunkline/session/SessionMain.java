package io.trunkline.session;

import io.trunkline.node.ClusterSettings;
import io.trunkline.node.Health;
import io.trunkline.node.Management;
import io.trunkline.node.ManagementSettings;
import io.trunkline.node.Node;
import io.trunkline.node.Program;
import io.trunkline.node.Role;
import io.trunkline.node.Running;
import io.trunkline.node.Settings;
import io.vertx.core.Future;

/** The session service as a process of its own. */
public final class SessionMain {
  private SessionMain() {}

  private record Config(
      ClusterSettings cluster, ManagementSettings management, SessionServiceSettings service) {
    static Config from(Settings settings) {
      return new Config(
          ClusterSettings.from(settings),
          ManagementSettings.from(settings),
          SessionServiceSettings.from(settings));
    }
  }

  public static void main(String[] args) {
    Program.run(
        args,
        Role.SESSION,
        Config::from,
        SessionMain::start,
        new Program.Task<>(
            "--migrate",
            "bring the database's schema up to date and exit",
            config -> Migrations.migrate(config.service().databaseUrl())));
  }

  private static Future<Running> start(Config config) {
    return Node.join(config.cluster(), Role.SESSION)
        .onSuccess(node -> node.onStranded(Program::giveUp))
        .compose(node -> node.orLeave(serve(node, config)));
  }

  private static Future<Running> serve(Node node, Config config) {
    return SessionService.start(node, config.service())
        .compose(
            service -> {
              Health health = Health.of(node);
              health.ready("database", service::ready);
              return Management.start(node, config.management(), health)
                  .map(management -> () -> service.stop().eventually(node::leave));
            });
  }
}
