package io.trunkline.gateway;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.RawSocket;
import java.io.ByteArrayOutputStream;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The PROXY protocol, versions 1 and 2, of a proxy that is trusted. */
class ProxyProtocolTest {
  private static final byte[] VERSION_2 = {
    0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a, 0x21, 0x11, 0, 12
  };

  @RegisterExtension
  static final Rig rig =
      new Rig(
          "PROXY_PROTOCOL",
          "true",
          "TRUSTED_PROXIES",
          "127.0.0.1",
          "MAX_CONNECTIONS_PER_ADDRESS",
          "1",
          "HANDSHAKE_SECONDS",
          "1");

  private static byte[] version1(String client) {
    return ("PROXY TCP4 " + client + " 127.0.0.1 50000 8080\r\n").getBytes(US_ASCII);
  }

  private static byte[] version2(int lastOfClient) {
    ByteArrayOutputStream header = new ByteArrayOutputStream();
    header.writeBytes(VERSION_2);
    header.writeBytes(new byte[] {(byte) 192, 0, 2, (byte) lastOfClient, 127, 0, 0, 1});
    header.writeBytes(new byte[] {(byte) 0xc3, 0x50, 0x1f, (byte) 0x90});
    return header.toByteArray();
  }

  private static int status(byte[] header) {
    RawSocket socket = rig.open();
    socket.send(header);
    return socket.handshake("/echo", Map.of()).status();
  }

  @Test
  void clientsAreCountedByTheAddressInTheHeader() {
    assertThat(status(version1("192.0.2.1"))).isEqualTo(101);
    assertThat(status(version1("192.0.2.2"))).isEqualTo(101);
    assertThat(status(version1("192.0.2.1"))).isEqualTo(429);
    assertThat(status(version2(3))).isEqualTo(101);
    assertThat(status(version2(3))).isEqualTo(429);
    assertThat(status(version2(2))).isEqualTo(429);
  }

  @Test
  void aConnectionWithoutTheHeaderIsClosed() {
    RawSocket socket = rig.open();
    socket.send("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(US_ASCII));
    assertThat(socket.ended()).isTrue();
  }

  @Test
  void aHeaderThatNeverEndsIsNotWaitedFor() {
    RawSocket socket = rig.open();
    socket.send("PROXY TCP4 ".getBytes(US_ASCII));
    assertThat(socket.ended()).isTrue();
  }
}
