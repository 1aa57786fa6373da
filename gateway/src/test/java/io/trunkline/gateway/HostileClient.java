package io.trunkline.gateway;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Frame;
import io.trunkline.testing.RawSocket;
import java.io.ByteArrayOutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.Deflater;

/** Ways to annoy a gateway: each connects, does its worst, and says what must become of it. */
enum HostileClient {
  /** Not even HTTP. */
  RANDOM_BYTES {
    @Override
    void attack(Rig rig, Random random) {
      try (RawSocket socket = open(rig, 0)) {
        byte[] bytes = new byte[1 + random.nextInt(16_384)];
        random.nextBytes(bytes);
        sendUntilCut(socket, bytes);
        sendUntilCut(socket, "\r\n\r\n".getBytes(US_ASCII));
        assertThat(socket.ended()).isTrue();
      }
    }
  },

  /** After a proper upgrade; the first byte has reserved bits set. */
  RANDOM_FRAMES {
    @Override
    void attack(Rig rig, Random random) {
      try (RawSocket socket = upgraded(rig, "/echo", Map.of(), 0)) {
        byte[] bytes = new byte[2 + random.nextInt(100_000)];
        random.nextBytes(bytes);
        bytes[0] |= 0x70;
        sendUntilCut(socket, bytes);
        assertThat(closeCode(socket)).isEqualTo(1002);
      }
    }
  },

  HALF_HANDSHAKES {
    @Override
    void attack(Rig rig, Random random) {
      String request =
          "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
      List<RawSocket> sockets = new ArrayList<>();
      for (int i = 0; i < 30; i++) {
        RawSocket socket = open(rig, 0);
        socket.send(request.substring(0, random.nextInt(request.length())).getBytes(US_ASCII));
        sockets.add(socket);
      }
      for (RawSocket socket : sockets) {
        assertThat(socket.ended()).as("nobody waits for the rest").isTrue();
        socket.close();
      }
    }
  },

  GIANT_HEADERS {
    @Override
    void attack(Rig rig, Random random) {
      try (RawSocket socket = open(rig, 0)) {
        socket.send("GET /ws HTTP/1.1\r\nHost: a\r\nX: ".getBytes(US_ASCII));
        byte[] piece = "a".repeat(65_536).getBytes(US_ASCII);
        for (int i = 0; i < 160 && sendUntilCut(socket, piece); i++) {
          // 10 MB of one header, for as long as somebody listens
        }
        assertThat(socket.ended()).isTrue();
      }
    }
  },

  /** 64 KB that inflate to 64 MB. */
  COMPRESSED_BOMB {
    @Override
    void attack(Rig rig, Random random) {
      Map<String, String> offer = Map.of("Sec-WebSocket-Extensions", "permessage-deflate");
      try (RawSocket socket = upgraded(rig, "/echo", offer, 0)) {
        socket.send(new Frame(true, 4, Frame.TEXT, BOMB));
        assertThat(closeCode(socket)).isEqualTo(1009);
      }
    }
  },

  /** Pings whose answers it does not read. */
  PING_FLOOD {
    @Override
    void attack(Rig rig, Random random) {
      try (RawSocket socket = upgraded(rig, "/echo", Map.of(), SMALL_BUFFER)) {
        byte[] ping = Frame.ping("p".repeat(125)).masked();
        byte[] pings = repeat(ping, 1000);
        for (int i = 0; i < 100 && sendUntilCut(socket, pings); i++) {
          // 12 MB of answers: more than kernels keep for it
        }
        assertThat(closeCode(socket)).isEqualTo(4202);
      }
    }
  },

  /** A message of single bytes, beyond the limit, with pings in between. */
  TINY_FRAGMENTS {
    @Override
    void attack(Rig rig, Random random) {
      try (RawSocket socket = upgraded(rig, "/ws", Map.of(), 0)) {
        sendUntilCut(socket, new Frame(false, 0, Frame.TEXT, new byte[] {'a'}).masked());
        byte[] more = new Frame(false, 0, Frame.CONTINUATION, new byte[] {'a'}).masked();
        byte[] pieces = concat(repeat(more, 1024), Frame.ping("").masked());
        for (int i = 0; i < 65 && sendUntilCut(socket, pieces); i++) {
          // one KiB of the message each
        }
        assertThat(closeCode(socket)).isEqualTo(1009);
      }
    }
  },

  /** A frame of which each byte comes by itself; nothing is wrong with that. */
  TRICKLED_FRAME {
    @Override
    void attack(Rig rig, Random random) {
      try (RawSocket socket = upgraded(rig, "/echo", Map.of(), 0)) {
        for (byte b : Frame.text("b".repeat(100)).masked()) {
          socket.send(new byte[] {b});
        }
        assertThat(socket.readFrame().payload()).hasSize(100);
      }
    }
  },

  CONNECT_AND_VANISH {
    @Override
    void attack(Rig rig, Random random) {
      for (int i = 0; i < 20; i++) {
        RawSocket socket = open(rig, 0);
        if (random.nextBoolean()) {
          String request =
              "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                  + "Authorization: Bearer "
                  + session(rig, "vanishing")
                  + "\r\n\r\n";
          byte[] frame = Frame.text("{\"type\":\"echo\",\"content\":1}").masked();
          byte[] all = concat(request.getBytes(US_ASCII), frame);
          sendUntilCut(socket, Arrays.copyOf(all, random.nextInt(all.length + 1)));
        }
        if (random.nextBoolean()) {
          socket.abort();
        } else {
          socket.close();
        }
      }
    }
  },

  /** Has megabytes sent to it, and takes none. */
  NEVER_READS {
    @Override
    void attack(Rig rig, Random random) {
      try (RawSocket socket = upgraded(rig, "/echo", Map.of(), SMALL_BUFFER)) {
        byte[] frame = Frame.binary(new byte[32_000]).masked();
        for (int i = 0; i < 500 && sendUntilCut(socket, frame); i++) {
          // 16 MB
        }
        assertThat(closeCode(socket)).isEqualTo(4202);
      }
    }
  },

  /** Has a session, asks without a pause, and reads the answers only then. */
  REQUEST_FLOOD {
    @Override
    void attack(Rig rig, Random random) {
      String id = session(rig, "flooding");
      try (RawSocket socket = upgraded(rig, "/ws", Map.of("Authorization", "Bearer " + id), 0)) {
        byte[] requests = repeat(Frame.text("{\"type\":\"echo\",\"content\":1}").masked(), 1000);
        assertThat(sendUntilCut(socket, requests)).isTrue();
        for (Frame frame = socket.readFrame(); ; frame = socket.readFrame()) {
          if (frame.text().contains("rate_limited")) {
            return;
          }
        }
      }
    }
  };

  /** Of a reader whom the kernel does not help for long. */
  private static final int SMALL_BUFFER = 4096;

  private static final byte[] BOMB = bomb();

  /** By user; the service that they are known to remembers them for good. */
  private static final Map<String, String> SESSIONS = new ConcurrentHashMap<>();

  /** Once; fails where the gateway did not deal with it as it should. */
  abstract void attack(Rig rig, Random random);

  /** False where the gateway has ended the connection already. */
  private static boolean sendUntilCut(RawSocket socket, byte[] bytes) {
    try {
      socket.send(bytes);
      return true;
    } catch (UncheckedIOException cut) {
      return false;
    }
  }

  private static String session(Rig rig, String user) {
    return SESSIONS.computeIfAbsent(user, name -> rig.service().session(name));
  }

  private static RawSocket open(Rig rig, int receiveBufferBytes) {
    return RawSocket.open("127.0.0.1", rig.gateway().port(), receiveBufferBytes);
  }

  private static RawSocket upgraded(
      Rig rig, String target, Map<String, String> headers, int receiveBufferBytes) {
    RawSocket socket = open(rig, receiveBufferBytes);
    assertThat(socket.handshake(target, headers).status()).isEqualTo(101);
    return socket;
  }

  /** Of the Close frame that comes at the end. */
  private static int closeCode(RawSocket socket) {
    Frame last = null;
    for (Frame next = socket.readFrame(); next != null; next = socket.readFrame()) {
      last = next;
    }
    assertThat(last).as("a Close frame before TCP ends").isNotNull();
    assertThat(last.opcode()).isEqualTo(Frame.CLOSE);
    return last.closeCode();
  }

  private static byte[] repeat(byte[] bytes, int times) {
    ByteArrayOutputStream all = new ByteArrayOutputStream(bytes.length * times);
    for (int i = 0; i < times; i++) {
      all.writeBytes(bytes);
    }
    return all.toByteArray();
  }

  private static byte[] concat(byte[] one, byte[] other) {
    byte[] both = Arrays.copyOf(one, one.length + other.length);
    System.arraycopy(other, 0, both, one.length, other.length);
    return both;
  }

  private static byte[] bomb() {
    Deflater deflater = new Deflater(9, true);
    deflater.setInput(new byte[64 << 20]);
    byte[] out = new byte[1 << 20];
    int size = deflater.deflate(out, 0, out.length, Deflater.SYNC_FLUSH);
    deflater.end();
    return Arrays.copyOf(out, size - 4);
  }
}
