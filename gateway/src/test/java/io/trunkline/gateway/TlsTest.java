package io.trunkline.gateway;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.node.BadSetting;
import io.trunkline.testing.Await;
import io.trunkline.testing.Frame;
import io.trunkline.testing.RawSocket;
import io.trunkline.testing.TestAuthority;
import io.trunkline.testing.TestAuthority.Issued;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same over TLS, with certificates that keytool made for this run. */
class TlsTest {
  /** Less than a connection may linger for a client that does not answer our Close. */
  private static final Duration SOON = Duration.ofMillis(1500);

  @TempDir static Path directory;
  private static TestAuthority authority;
  private static Issued served;

  @RegisterExtension
  @Order(1)
  static final BeforeAllCallback certificate = context -> makeCertificate();

  @RegisterExtension
  @Order(2)
  static final Rig rig = new Rig("HANDSHAKE_SECONDS", "2", "HEARTBEAT_SECONDS", "3600");

  private static void makeCertificate() {
    authority = new TestAuthority(directory);
    served = authority.issue("first");
    rig.set("TLS_CERTIFICATE", served.certificate().toString());
    rig.set("TLS_KEY", served.key().toString());
  }

  private static SSLSocket connect(String... versions)
      throws IOException, GeneralSecurityException {
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(authority.trust());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", rig.gateway().port());
    socket.setSoTimeout(10_000);
    if (versions.length > 0) {
      socket.setEnabledProtocols(versions);
    }
    return socket;
  }

  private static DataInputStream upgrade(SSLSocket socket) throws IOException {
    String request =
        """
        GET /echo HTTP/1.1\r
        Host: localhost\r
        Upgrade: websocket\r
        Connection: Upgrade\r
        Sec-WebSocket-Version: 13\r
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
        \r
        """;
    socket.getOutputStream().write(request.getBytes(UTF_8));
    DataInputStream in = new DataInputStream(socket.getInputStream());
    assertThat(head(in)).startsWith("HTTP/1.1 101 ");
    return in;
  }

  private static String head(DataInputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      head.append((char) in.readUnsignedByte());
    }
    return head.toString();
  }

  private static byte[] frame(DataInputStream in) throws IOException {
    in.readUnsignedByte();
    int length = in.readUnsignedByte();
    return in.readNBytes(length == 126 ? in.readUnsignedShort() : length);
  }

  private static void expectEcho(SSLSocket socket, DataInputStream in, String text)
      throws IOException {
    socket.getOutputStream().write(Frame.text(text).masked());
    assertThat(new String(frame(in), UTF_8)).isEqualTo(text);
  }

  private static String subject() {
    try (SSLSocket socket = connect()) {
      socket.startHandshake();
      X509Certificate shown = (X509Certificate) socket.getSession().getPeerCertificates()[0];
      return shown.getSubjectX500Principal().getName();
    } catch (IOException | GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void clientsTalkAndCloseOverTls(String version) throws Exception {
    try (SSLSocket socket = connect(version)) {
      DataInputStream in = upgrade(socket);
      expectEcho(socket, in, "x".repeat(20_000));
      socket.getOutputStream().write(Frame.close(1000, "").masked());
      assertThat(frame(in)).containsExactly(0x03, 0xe8);
      assertThat(in.read()).isEqualTo(-1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void aViolationHasItsCloseFrameAndThenTheEndAtOnce(String version) throws Exception {
    try (SSLSocket socket = connect(version)) {
      DataInputStream in = upgrade(socket);
      socket.getOutputStream().write(Frame.text("hi").unmasked());
      assertThat(frame(in)).startsWith(0x03, 0xea);
      long start = System.nanoTime();
      assertThat(in.read()).isEqualTo(-1);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(SOON);
    }
    Await.until(() -> rig.gateway().connections() == 0, SOON, "nothing lingers");
  }

  @Test
  void olderVersionsAreRefused() {
    byte[] hello = new byte[50];
    byte[] start = {0x16, 3, 1, 0, 45, 1, 0, 0, 41, 3, 2}; // a ClientHello of TLS 1.1
    System.arraycopy(start, 0, hello, 0, start.length);
    hello[45] = 2; // after 32 random bytes and no session: one cipher suite, RSA with AES
    hello[47] = 0x2f;
    hello[48] = 1; // one compression method, none
    try (RawSocket socket = rig.open()) {
      socket.send(hello);
      assertThat(socket.ended()).isTrue();
    }
  }

  @Test
  void aHandshakeThatNeverEndsIsNotWaitedFor() {
    try (RawSocket silent = rig.open();
        RawSocket begun = rig.open()) {
      begun.send(new byte[] {0x16, 3, 1, 0, 45, 1, 0});
      assertThat(silent.ended()).isTrue();
      assertThat(begun.ended()).isTrue();
    }
  }

  @Test
  void aNewCertificateIsTakenWithoutDroppingAConnection() throws Exception {
    try (SSLSocket before = connect()) {
      DataInputStream in = upgrade(before);
      authority.issue("second").replace(served);
      Await.until(() -> subject().equals("CN=second"), "the new certificate is shown");
      expectEcho(before, in, "still here");
    }
  }

  @Test
  void aBrokenCertificateChangesNothing() throws Exception {
    String shown = subject();
    byte[] good = Files.readAllBytes(served.certificate());
    Files.writeString(served.certificate(), "no certificate");
    long end = System.nanoTime() + Duration.ofSeconds(7).toNanos(); // three looks at the files
    Await.until(
        () -> {
          assertThat(subject()).isEqualTo(shown);
          return System.nanoTime() > end;
        },
        "the old one was shown all the time");
    Files.write(served.certificate(), good);
  }

  @Test
  void aKeyOfAnotherCertificateStopsTheStart() {
    Issued one = authority.issue("one");
    Issued other = authority.issue("other");
    assertThatThrownBy(() -> GatewaySettings.of(tls(one.certificate(), other.key())))
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining("TRUNKLINE_TLS_KEY")
        .hasMessageContaining("private key of the certificate");
  }

  @Test
  void aBrokenCertificateStopsTheStartAndTheKeyIsNotQuoted() throws Exception {
    Path broken = Files.write(directory.resolve("broken.pem"), "secret".getBytes(US_ASCII));
    assertThatThrownBy(() -> GatewaySettings.of(tls(served.certificate(), broken)))
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining("TRUNKLINE_TLS_")
        .hasMessageNotContaining("secret");
  }

  private static Map<String, String> tls(Path certificate, Path key) {
    return Map.of(
        "TRUNKLINE_TLS_CERTIFICATE", certificate.toString(), "TRUNKLINE_TLS_KEY", key.toString());
  }
}
