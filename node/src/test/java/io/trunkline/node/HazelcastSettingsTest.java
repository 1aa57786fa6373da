package io.trunkline.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.junit.jupiter.api.Test;

class HazelcastSettingsTest {
  @Test
  void membersAreFoundByTcpAlone() throws UnknownHostException {
    JoinConfig join = config("a:5701", "b:5701").getNetworkConfig().getJoin();
    assertThat(join.getTcpIpConfig().isEnabled()).isTrue();
    assertThat(join.getTcpIpConfig().getMembers()).containsExactly("a:5701", "b:5701");
    assertThat(join.getKubernetesConfig().isEnabled()).isFalse();
    assertThat(join.getMulticastConfig().isEnabled()).isFalse();
    assertThat(join.isAutoDetectionEnabled()).isFalse();
  }

  @Test
  void membersAreFoundByTheDnsOfAHeadlessService() throws UnknownHostException {
    JoinConfig join = config("kubernetes:trunkline.prod").getNetworkConfig().getJoin();
    assertThat(join.getKubernetesConfig().isEnabled()).isTrue();
    assertThat(join.getKubernetesConfig().getProperty("service-dns")).isEqualTo("trunkline.prod");
    assertThat(join.getKubernetesConfig().getProperty("service-port")).isEqualTo("5799");
    assertThat(join.getTcpIpConfig().isEnabled()).isFalse();
    assertThat(join.getMulticastConfig().isEnabled()).isFalse();
    assertThat(join.isAutoDetectionEnabled()).isFalse();
  }

  @Test
  void itListensOnItsOwnAddressAndPortOrNotAtAll() throws UnknownHostException {
    Config config = config();
    assertThat(
            config
                .getNetworkConfig()
                .getMemberAddressProviderConfig()
                .getImplementation()
                .getBindAddress())
        .isEqualTo(new InetSocketAddress(InetAddress.getLoopbackAddress(), 5799));
    assertThat(config.getNetworkConfig().getPort()).isEqualTo(5799);
    assertThat(config.getNetworkConfig().isPortAutoIncrement()).isFalse();
    assertThat(config.getProperty("hazelcast.socket.bind.any")).isEqualTo("false");
  }

  private static Config config(String... members) throws UnknownHostException {
    return HazelcastSettings.of(
        new ClusterSettings("n", "localhost", 5799, List.of(members), "test", "localhost", 0, 1),
        Role.OTHER);
  }
}
