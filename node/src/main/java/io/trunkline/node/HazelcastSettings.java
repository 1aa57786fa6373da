package io.trunkline.node;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.MultiMapConfig;
import com.hazelcast.config.MultiMapConfig.ValueCollectionType;
import com.hazelcast.config.NetworkConfig;
import com.hazelcast.instance.EndpointQualifier;
import com.hazelcast.spi.MemberAddressProvider;
import io.trunkline.protocol.BusCodec;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Map;
import java.util.UUID;

/**
 * Hazelcast's configuration, all of it here: none is read from the class path, the environment or
 * the network. It listens on one address, finds members by TCP or Kubernetes' DNS and nowhere else,
 * and calls nobody.
 */
final class HazelcastSettings {
  /** By which vertx-hazelcast knows a member as a Vert.x node. */
  static final String NODE_ID_ATTRIBUTE = "__vertx.nodeId";

  static final String SUBSCRIPTIONS = "__vertx.subs";
  static final String NODE_INFOS = "__vertx.nodeInfo";
  private static final String HA_INFOS = "__vertx.haInfo";

  /**
   * Any two nodes may die at once without a loss; after more the nodes publish again. What is kept
   * is a handful of entries a node.
   */
  private static final int BACKUPS = 2;

  /** To connect to a member that is configured and silent; within one data centre. */
  private static final int CONNECT_SECONDS = 2;

  private static final Map<String, String> PROPERTIES =
      Map.ofEntries(
          Map.entry("hazelcast.logging.type", "slf4j"),
          Map.entry("hazelcast.phone.home.enabled", "false"),
          // We stop it ourselves, after Vert.x.
          Map.entry("hazelcast.shutdownhook.enabled", "false"),
          Map.entry("hazelcast.socket.bind.any", "false"),
          // A frozen member is out after 5 s; by default it takes 60.
          Map.entry("hazelcast.heartbeat.interval.seconds", "1"),
          Map.entry("hazelcast.max.no.heartbeat.seconds", "5"),
          // A cluster that fell apart heals in about 15 s; by default in 300.
          Map.entry("hazelcast.merge.first.run.delay.seconds", "5"),
          Map.entry("hazelcast.merge.next.run.delay.seconds", "5"),
          // The first node takes others in at once; by default it waits 5 s for company.
          Map.entry("hazelcast.wait.seconds.before.join", "0"),
          // A graceful leave hands partitions over, which are few and small.
          Map.entry("hazelcast.graceful.shutdown.max.wait", "5"),
          // An operation on a frozen member's partition fails soon after the member is out.
          Map.entry("hazelcast.operation.call.timeout.millis", "15000"));

  private HazelcastSettings() {}

  static Config of(ClusterSettings settings, Role role) throws UnknownHostException {
    Config config = new Config();
    config.setClusterName(settings.clusterName());
    PROPERTIES.forEach(config::setProperty);
    config.getMetricsConfig().setEnabled(false);
    config
        .getMemberAttributeConfig()
        .setAttribute(NODE_ID_ATTRIBUTE, UUID.randomUUID().toString())
        .setAttribute(Members.NAME_ATTRIBUTE, settings.nodeName())
        .setAttribute(Members.ROLE_ATTRIBUTE, role.wireName())
        .setAttribute(Members.LEVEL_ATTRIBUTE, Integer.toString(BusCodec.LEVEL));
    addMaps(config);
    InetAddress address = InetAddress.getByName(settings.clusterHost());
    config.setProperty(
        "hazelcast.prefer.ipv4.stack", String.valueOf(address instanceof Inet4Address));
    listen(config.getNetworkConfig(), new InetSocketAddress(address, settings.clusterPort()));
    join(config.getNetworkConfig().getJoin(), settings);
    return config;
  }

  /** What vertx-hazelcast keeps, as its default-cluster.xml declares it. */
  private static void addMaps(Config config) {
    config.addMultiMapConfig(
        new MultiMapConfig(SUBSCRIPTIONS)
            .setBackupCount(BACKUPS)
            .setValueCollectionType(ValueCollectionType.SET));
    config.addMapConfig(new MapConfig(HA_INFOS).setBackupCount(BACKUPS));
    config.addMapConfig(new MapConfig(NODE_INFOS).setBackupCount(BACKUPS));
  }

  /**
   * Not by Hazelcast's own {@code interfaces}: with those it also passes over, without a word, each
   * member that is given by a host name and has another address than one of them.
   */
  private static void listen(NetworkConfig network, InetSocketAddress address) {
    network.setPort(address.getPort()).setPortAutoIncrement(false);
    network
        .getMemberAddressProviderConfig()
        .setEnabled(true)
        .setImplementation(new OneAddress(address));
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

  private static void join(JoinConfig join, ClusterSettings settings) {
    join.getAutoDetectionConfig().setEnabled(false);
    join.getMulticastConfig().setEnabled(false);
    String service = settings.kubernetesService();
    if (service != null) {
      join.getKubernetesConfig()
          .setEnabled(true)
          .setProperty("service-dns", service)
          .setProperty("service-port", String.valueOf(settings.clusterPort()));
    } else {
      join.getTcpIpConfig()
          .setEnabled(true)
          .setConnectionTimeoutSeconds(CONNECT_SECONDS)
          .setMembers(settings.clusterMembers());
    }
  }
}
