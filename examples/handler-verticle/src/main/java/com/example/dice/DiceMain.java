package com.example.dice;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.instance.EndpointQualifier;
import com.hazelcast.spi.MemberAddressProvider;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.spi.cluster.hazelcast.ConfigUtil;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.net.InetSocketAddress;
import java.util.Arrays;

/** Joins the gateways' cluster, by the same variables as they, and deploys the verticle. */
public final class DiceMain {
  private DiceMain() {}

  public static void main(String[] args) {
    Vertx.builder()
        .with(new VertxOptions().setEventBusOptions(new EventBusOptions().setHost(host())))
        .withClusterManager(new HazelcastClusterManager(hazelcast()))
        .buildClustered()
        .compose(DiceMain::deploy)
        .onSuccess(deployed -> System.out.println("ready"))
        .onFailure(
            failure -> {
              failure.printStackTrace();
              System.exit(1);
            });
  }

  private static Future<String> deploy(Vertx vertx) {
    return vertx
        .deployVerticle(new DiceVerticle(get("DICE_NAME", "dice")))
        .onSuccess(id -> Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(vertx, id))));
  }

  /** The verticle first: what is in hand is answered, and nobody is sent here any more. */
  private static void stop(Vertx vertx, String deployment) {
    await(vertx.undeploy(deployment));
    await(vertx.close());
  }

  private static void await(Future<Void> future) {
    future.toCompletionStage().toCompletableFuture().join();
  }

  private static Config hazelcast() {
    Config config = ConfigUtil.loadConfig();
    config.setClusterName(get("TRUNKLINE_CLUSTER_NAME", "trunkline"));
    config
        .setProperty("hazelcast.shutdownhook.enabled", "false") // we stop it, after Vert.x
        .setProperty("hazelcast.phone.home.enabled", "false")
        .setProperty("hazelcast.socket.bind.any", "false")
        .setProperty("hazelcast.heartbeat.interval.seconds", "1") // as the gateways do
        .setProperty("hazelcast.max.no.heartbeat.seconds", "5")
        .setProperty("hazelcast.wait.seconds.before.join", "0");
    config.getMultiMapConfig("__vertx.subs").setBackupCount(2);
    config.getMapConfig("__vertx.nodeInfo").setBackupCount(2);
    config
        .getNetworkConfig()
        .setPort(port())
        .setPortAutoIncrement(false)
        .getMemberAddressProviderConfig() // not by interfaces: those pass over members named by host
        .setEnabled(true)
        .setImplementation(new OneAddress(new InetSocketAddress(host(), port())));
    JoinConfig join = config.getNetworkConfig().getJoin();
    join.getAutoDetectionConfig().setEnabled(false);
    join.getMulticastConfig().setEnabled(false);
    join.getTcpIpConfig()
        .setEnabled(true)
        .setMembers(Arrays.asList(get("TRUNKLINE_CLUSTER_MEMBERS", host()).split(",")));
    return config;
  }

  /** Where it listens, which is where the others reach it. */
  private record OneAddress(InetSocketAddress address) implements MemberAddressProvider {
    @Override
    public InetSocketAddress getBindAddress() {
      return address;
    }

    @Override
    public InetSocketAddress getBindAddress(EndpointQualifier qualifier) {
      return address;
    }

    @Override
    public InetSocketAddress getPublicAddress() {
      return address;
    }

    @Override
    public InetSocketAddress getPublicAddress(EndpointQualifier qualifier) {
      return address;
    }
  }

  private static int port() {
    return Integer.parseInt(get("TRUNKLINE_CLUSTER_PORT", "5701"));
  }

  private static String host() {
    return get("TRUNKLINE_CLUSTER_HOST", "127.0.0.1");
  }

  private static String get(String variable, String absent) {
    return System.getenv().getOrDefault(variable, absent);
  }
}
