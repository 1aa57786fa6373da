package io.trunkline.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.testing.Await;
import io.trunkline.testing.Ports;
import io.trunkline.testing.RawSocket;
import io.trunkline.testing.TestAuthority;
import io.trunkline.testing.TestAuthority.Issued;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Who may talk on the event bus, with real certificates. */
class BusTlsTest {
  /** What a node without the right credentials takes to give up, and a start. */
  private static final Duration GIVES_UP = Duration.ofSeconds(40);

  @TempDir static Path directory;
  private static TestAuthority authority;
  private static TestAuthority strange;

  @RegisterExtension final Cast cast = new Cast(2);

  @BeforeAll
  static void makeAuthorities() throws Exception {
    authority = new TestAuthority(Files.createDirectory(directory.resolve("ours")));
    strange = new TestAuthority(Files.createDirectory(directory.resolve("theirs")));
  }

  private static Map<String, String> tls(Issued issued, TestAuthority trusted) {
    Map<String, String> settings = new HashMap<>();
    settings.put("TRUNKLINE_BUS_TLS_CERTIFICATE", issued.certificate().toString());
    settings.put("TRUNKLINE_BUS_TLS_KEY", issued.key().toString());
    settings.put("TRUNKLINE_BUS_TLS_AUTHORITY", trusted.certificate().toString());
    return settings;
  }

  private Node insider() {
    return cast.join(0, "insider", tls(authority.issue("insider"), authority));
  }

  private void isRefused(Map<String, String> tls) {
    Node insider = insider();
    AtomicInteger heard = countAt(insider, "message.test");
    assertThatThrownBy(() -> Await.result(cast.starting(1, "outsider", tls), GIVES_UP))
        .hasStackTraceContaining("no other node of the cluster can be reached over the event bus")
        .hasStackTraceContaining("TRUNKLINE_BUS_TLS");
    assertThat(heard).hasValue(0);
    Await.until(() -> insider.members().all().size() == 1, "the outsider has left");
  }

  private static AtomicInteger countAt(Node node, String address) {
    AtomicInteger heard = new AtomicInteger();
    Await.result(
        node.vertx().eventBus().consumer(address, message -> heard.incrementAndGet()).completion());
    return heard;
  }

  @Test
  void nodesOfOneAuthorityTalk() {
    Node one = insider();
    Node other = cast.join(1, "other", tls(authority.issue("other"), authority));
    Await.result(one.ask("other"));
    Await.result(other.ask("insider"));
  }

  @Test
  void aNodeWithACertificateOfAnotherAuthorityIsRefused() {
    isRefused(tls(strange.issue("outsider"), authority));
  }

  @Test
  void aNodeTrustsNoOtherAuthorityEither() {
    isRefused(tls(authority.issue("outsider"), strange));
  }

  @Test
  void aNodeWithoutACertificateIsRefused() {
    isRefused(Map.of());
  }

  /** That the very bytes do arrive where the bus is plain shows that they are a message. */
  @Test
  void whoOnlyReachesThePortCanPutNothingOnTheBus() {
    int plainPort = Ports.free(1).get(0);
    int tlsPort = Ports.free(1).get(0);
    Map<String, String> tls = tls(authority.issue("insider"), authority);
    tls.put("TRUNKLINE_BUS_PORT", "" + tlsPort);
    AtomicInteger heardByTls = countAt(cast.join(0, "insider", tls), "message.test");
    Cast others = new Cast(1);
    try {
      Node plain = others.join(0, "plain", Map.of("TRUNKLINE_BUS_PORT", "" + plainPort));
      AtomicInteger heardByPlain = countAt(plain, "message.test");
      try (RawSocket toPlain = RawSocket.open("127.0.0.1", plainPort);
          RawSocket toTls = RawSocket.open("127.0.0.1", tlsPort)) {
        toPlain.send(message("message.test"));
        toTls.send(message("message.test"));
        Await.until(() -> heardByPlain.get() == 1, "the bytes are a message");
        assertThat(toTls.ended()).isTrue();
      }
      assertThat(heardByTls).hasValue(0);
    } finally {
      others.afterEach(null);
    }
  }

  /** As Vert.x writes a message without a body or headers: see its ClusteredMessage. */
  private static byte[] message(String address) {
    byte[] to = address.getBytes(UTF_8);
    Buffer message = Buffer.buffer().appendByte((byte) 2); // version
    message.appendByte((byte) 0).appendByte((byte) 0); // codec of null, sent to one
    message.appendInt(to.length).appendBytes(to);
    message.appendInt(0); // no reply address
    message.appendInt(1).appendByte((byte) 'x'); // sender
    message.appendInt(4); // no headers
    return Buffer.buffer().appendInt(message.length()).appendBuffer(message).getBytes();
  }

  @Test
  void aSettingThatIsMissingIsNamed() {
    Map<String, String> incomplete = tls(authority.issue("insider"), authority);
    incomplete.remove("TRUNKLINE_BUS_TLS_AUTHORITY");
    assertThatThrownBy(() -> cast.settings(0, "n", incomplete))
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining("TRUNKLINE_BUS_TLS_AUTHORITY");
  }
}
