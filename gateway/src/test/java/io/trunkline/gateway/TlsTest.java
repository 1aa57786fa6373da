package io.trunkline.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Frame;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The same over TLS, with a certificate that keytool made for this run. */
class TlsTest {
  private static final char[] PASSWORD = "for this test".toCharArray();
  private static Path directory;
  private static KeyStore trusted;

  @RegisterExtension
  @Order(1)
  static final BeforeAllCallback certificate = context -> makeCertificate();

  @RegisterExtension
  @Order(2)
  static final Rig rig = new Rig();

  private static void makeCertificate() throws Exception {
    directory = Files.createTempDirectory("trunkline-tls");
    Path store = directory.resolve("store.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "gateway",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-ext",
                "san=ip:127.0.0.1",
                "-validity",
                "2",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                new String(PASSWORD))
            .inheritIO()
            .start();
    assertThat(keytool.waitFor(30, TimeUnit.SECONDS)).isTrue();
    trusted = KeyStore.getInstance(store.toFile(), PASSWORD);
    rig.set(
        "TLS_CERTIFICATE",
        pem("CERTIFICATE", trusted.getCertificate("gateway").getEncoded()).toString());
    rig.set(
        "TLS_KEY", pem("PRIVATE KEY", trusted.getKey("gateway", PASSWORD).getEncoded()).toString());
  }

  private static Path pem(String kind, byte[] der) throws IOException {
    String text =
        "-----BEGIN "
            + kind
            + "-----\n"
            + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
            + "\n-----END "
            + kind
            + "-----\n";
    return Files.writeString(directory.resolve(kind.replace(' ', '-') + ".pem"), text);
  }

  @AfterAll
  static void clean() throws IOException {
    for (String name : new String[] {"store.p12", "CERTIFICATE.pem", "PRIVATE-KEY.pem"}) {
      Files.deleteIfExists(directory.resolve(name));
    }
    Files.delete(directory);
  }

  private static SSLSocket connect() throws IOException, GeneralSecurityException {
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", rig.gateway().port());
    socket.setSoTimeout(10_000);
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
    return socket;
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

  @Test
  void clientsTalkAndCloseOverTls() throws Exception {
    try (SSLSocket socket = connect()) {
      DataInputStream in = new DataInputStream(socket.getInputStream());
      assertThat(head(in)).startsWith("HTTP/1.1 101 ");
      String text = "x".repeat(20_000);
      socket.getOutputStream().write(Frame.text(text).masked());
      assertThat(new String(frame(in), UTF_8)).isEqualTo(text);
      socket.getOutputStream().write(Frame.close(1000, "").masked());
      assertThat(frame(in)).containsExactly(0x03, 0xe8);
      assertThat(in.read()).isEqualTo(-1);
    }
  }

  @Test
  void aViolationHasItsCloseFrameBeforeTheEnd() throws Exception {
    try (SSLSocket socket = connect()) {
      DataInputStream in = new DataInputStream(socket.getInputStream());
      head(in);
      socket.getOutputStream().write(Frame.text("hi").unmasked());
      assertThat(frame(in)).startsWith(0x03, 0xea);
    }
  }
}
