package io.trunkline.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.cluster.LocalCluster.LocalGateway;
import io.trunkline.node.Health;
import io.trunkline.node.Management;
import io.trunkline.node.ManagementSettings;
import io.trunkline.testing.Await;
import io.trunkline.testing.Frame;
import io.trunkline.testing.HttpAnswer;
import io.trunkline.testing.Ports;
import io.trunkline.testing.RawSocket;
import io.trunkline.testing.TestAuthority;
import io.trunkline.testing.TestAuthority.Issued;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.HashMap;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The parts of the load balancers' configurations that speak TLS, to clients and to gateways, and
 * the one that passes it through.
 */
class LoadBalancersTlsTest {
  @TempDir static Path directory;

  @RegisterExtension static final LocalCluster cluster = LocalCluster.of(0, 0);

  private static TestAuthority authority;
  private static Issued certificate;

  /** Certificate and key in one file, as HAProxy has them. */
  private static Path both;

  @BeforeAll
  static void makeCertificates() throws IOException {
    authority = new TestAuthority(directory);
    certificate = authority.issue("localhost");
    both =
        Files.writeString(
            directory.resolve("both.pem"),
            Files.readString(certificate.certificate()) + Files.readString(certificate.key()));
  }

  @ParameterizedTest
  @CsvSource({"haproxy,haproxy.cfg", "haproxy,passthrough.cfg", "nginx,nginx.conf"})
  void configurationIsTakenAsItIsShipped(String program, String file) {
    ProxyProcess.assumeInstalled(program);
    ProxyConfig config = ProxyConfig.of(program, file);
    if (program.equals("nginx")) {
      config = config.keepingFilesIn(directory);
    }
    assertThat(ProxyProcess.check(directory, config)).doesNotContainIgnoringCase("warn");
  }

  @Test
  void haproxySpeaksTlsToClientsAndToGateways() throws Exception {
    ProxyProcess.assumeInstalled("haproxy");
    int port = Ports.free();
    ProxyConfig config =
        ProxyConfig.of("haproxy", "haproxy.cfg")
            .without("bind :80")
            .uncommented("bind :443 ssl")
            .listening(443, port)
            .with("/etc/haproxy/trunkline.pem", both)
            .without("server gateway-1 10.0.0.11:8080")
            .without("server gateway-2 10.0.0.12:8080")
            .uncommented("server gateway-1")
            .uncommented("server gateway-2")
            .with("/etc/haproxy/gateways.pem", authority.certificate());
    echoes(config, port, Map.of());
  }

  @Test
  void nginxSpeaksTlsToClientsAndToGateways() throws Exception {
    ProxyProcess.assumeInstalled("nginx");
    int port = Ports.free();
    ProxyConfig config =
        ProxyConfig.of("nginx", "nginx.conf")
            .without("  listen 80;")
            .uncommented("listen 443 ssl;")
            .uncommented("ssl_certificate ")
            .uncommented("ssl_certificate_key ")
            .listening(443, port)
            .with("/etc/nginx/trunkline.pem", certificate.certificate())
            .with("/etc/nginx/trunkline.key", certificate.key())
            .without("    proxy_pass http://gateways;")
            .uncommented("proxy_pass https://gateways;")
            .uncommented("proxy_ssl_trusted_certificate ")
            .uncommented("proxy_ssl_verify ")
            .uncommented("proxy_ssl_name ")
            .uncommented("proxy_ssl_server_name ")
            .with("/etc/nginx/gateways.pem", authority.certificate())
            .with("gateways.internal", "localhost")
            .keepingFilesIn(directory);
    echoes(config, port, Map.of());
  }

  @Test
  void haproxyPassesTlsThroughAndTellsWhoseAConnectionIs() throws Exception {
    ProxyProcess.assumeInstalled("haproxy");
    int port = Ports.free();
    echoes(
        ProxyConfig.of("haproxy", "passthrough.cfg").listening(443, port),
        port,
        Map.of("TRUNKLINE_PROXY_PROTOCOL", "true"));
  }

  /** One connection of an address is let in, and those of others beside it. */
  private static void echoes(ProxyConfig config, int port, Map<String, String> extraSettings)
      throws Exception {
    Map<String, String> settings = new HashMap<>(extraSettings);
    settings.put("TRUNKLINE_TRUSTED_PROXIES", "127.0.0.1");
    settings.put("TRUNKLINE_MAX_CONNECTIONS_PER_ADDRESS", "1");
    settings.put("TRUNKLINE_TLS_CERTIFICATE", certificate.certificate().toString());
    settings.put("TRUNKLINE_TLS_KEY", certificate.key().toString());
    LocalGateway gateway = cluster.addGateway(settings);
    Management management =
        Await.result(
            Management.start(
                gateway.node(), new ManagementSettings("127.0.0.1", 0), Health.of(gateway.node())));
    ProxyConfig here =
        config
            .gateway(0, gateway.gateway().port(), management.port())
            .gateway(1, gateway.gateway().port(), management.port());
    try (ProxyProcess proxy = started(here, port);
        RawSocket first = over("127.0.0.9", proxy);
        RawSocket second = over("127.0.0.9", proxy);
        RawSocket other = over("127.0.0.10", proxy)) {
      HttpAnswer answer = first.handshake("/echo", Map.of());
      assertThat(answer.status()).as("%s", answer).isEqualTo(101);
      first.send(Frame.text("x".repeat(20_000)));
      assertThat(first.readFrame().text()).hasSize(20_000);
      assertThat(second.handshake("/echo", Map.of()).status()).as("the same").isEqualTo(429);
      assertThat(other.handshake("/echo", Map.of()).status()).as("another").isEqualTo(101);
    } finally {
      Await.result(management.close());
      cluster.remove(gateway);
    }
  }

  /** Once its health checks have found the gateway well. */
  private static ProxyProcess started(ProxyConfig config, int port) {
    ProxyProcess proxy = ProxyProcess.start(directory, config, port);
    Await.until(
        () -> {
          try (RawSocket probe = over("127.0.0.11", proxy)) {
            return probe.handshake("/echo", Map.of()).status() == 101;
          }
        },
        "clients are let in");
    return proxy;
  }

  private static RawSocket over(String address, ProxyProcess proxy)
      throws IOException, GeneralSecurityException {
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(authority.trust());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    InetAddress local = InetAddress.getByName(address);
    return RawSocket.over(
        context.getSocketFactory().createSocket("127.0.0.1", proxy.port(), local, 0));
  }
}
