package io.trunkline.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.node.BadSetting;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrustedProxiesTest {
  private final TrustedProxies proxies =
      new TrustedProxies(List.of("10.0.0.0/8", "192.0.2.7", "fd00::/9", "::1"));

  @ParameterizedTest
  @CsvSource({
    "10.1.2.3, true",
    "11.1.2.3, false",
    "192.0.2.7, true",
    "192.0.2.8, false",
    "fd7f::1, true",
    "fd80::1, false",
    "::1, true",
    "::ffff:10.1.2.3, true",
    "localhost, false"
  })
  void rangesHoldWhatTheyNameAndNothingElse(String address, boolean trusted) {
    assertThat(proxies.contains(address)).isEqualTo(trusted);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "198.51.100.1 | 203.0.113.9 | 198.51.100.1",
        "10.0.0.1 | 203.0.113.9 | 203.0.113.9",
        "10.0.0.1 | 203.0.113.9, 10.0.0.2 | 203.0.113.9",
        "10.0.0.1 | 1.1.1.1, 203.0.113.9 | 203.0.113.9",
        "10.0.0.1 | 203.0.113.9:51234 | 203.0.113.9",
        "10.0.0.1 | [2001:db8::1]:443 | 2001:db8::1",
        "10.0.0.1 | 2001:db8::1 | 2001:db8::1",
        "10.0.0.1 | 203.0.113.9, unknown | 10.0.0.1",
        "10.0.0.1 | 203.0.113.9, unknown, 10.0.0.2 | 10.0.0.2",
        "10.0.0.1 | '' | 10.0.0.1"
      })
  void theLastAddressThatIsNoProxyIsTheClients(String peer, String forwarded, String client) {
    assertThat(proxies.clientOf(peer, List.of(forwarded))).isEqualTo(client);
  }

  @Test
  void severalHeadersAreOneList() {
    assertThat(proxies.clientOf("10.0.0.1", List.of("1.1.1.1", "2.2.2.2, 10.0.0.2")))
        .isEqualTo("2.2.2.2");
    assertThat(proxies.clientOf("10.0.0.1", List.of())).isEqualTo("10.0.0.1");
  }

  @Test
  void allAddressesOfACustomersNetworkAreCountedTogether() {
    assertThat(TrustedProxies.countedAs("2001:db8:1:2:3:4:5:6"))
        .isEqualTo(TrustedProxies.countedAs("2001:db8:1:2::1"))
        .isNotEqualTo(TrustedProxies.countedAs("2001:db8:1:3::1"));
    assertThat(TrustedProxies.countedAs("::ffff:192.0.2.1")).isEqualTo("192.0.2.1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/x", "proxy.example", "fd00::/129"})
  void whatIsNoRangeStopsTheStart(String range) {
    assertThatThrownBy(() -> GatewaySettings.of(Map.of("TRUNKLINE_TRUSTED_PROXIES", range)))
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining("TRUNKLINE_TRUSTED_PROXIES")
        .hasMessageContaining(range);
  }

  @Test
  void theProxyProtocolNeedsAProxyToTrust() {
    assertThatThrownBy(() -> GatewaySettings.of(Map.of("TRUNKLINE_PROXY_PROTOCOL", "true")))
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining("TRUNKLINE_PROXY_PROTOCOL");
  }
}
