package io.trunkline.cluster;

import io.trunkline.testing.Frame;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/**
 * One client of a {@link Crowd}: connects with its session, answers pings, and remembers when and
 * how it was closed; it may begin again. Lives on the crowd's thread; any thread may ask.
 */
final class CrowdMember {
  /** Of a connection that ended without a Close frame; RFC 6455, section 7.1.5. */
  static final int WITHOUT_CLOSE = 1006;

  /** More than the longest of what a gateway says to somebody who asks for nothing. */
  private static final int MOST_UNREAD = 4096;

  private static final String HEAD_END = "\r\n\r\n";

  private final String sessionId;
  private final int number;
  private final ByteBuffer unread = ByteBuffer.allocate(MOST_UNREAD);
  private boolean upgraded;
  private volatile boolean joined;

  /** Of {@link System#nanoTime}; means something with {@link #closeCode}. */
  private volatile long goneAt;

  /** 0 while the connection is open; the status of one that was refused. */
  private volatile int closeCode;

  /** What the Close frame said beside its code; means something with {@link #closeCode}. */
  private String closeReason = "";

  private int lives = 1;

  /** Which gateway it goes to. */
  private volatile int at;

  CrowdMember(String sessionId, int number, int at) {
    this.sessionId = sessionId;
    this.number = number;
    this.at = at;
  }

  /** Connections so far. */
  int lives() {
    return lives;
  }

  /** Another for each. */
  int number() {
    return number;
  }

  int at() {
    return at;
  }

  String closeReason() {
    return closeReason;
  }

  /** What was of its last connection is forgotten; the next one is to this gateway. */
  void beginAgain(int nextAt) {
    lives++;
    at = nextAt;
    unread.clear();
    upgraded = false;
    joined = false;
    closeCode = 0;
    closeReason = "";
  }

  /** Whether it has had its {@code session} frame. */
  boolean hasJoined() {
    if (isGone() && !joined) {
      throw new IllegalStateException("not let in: " + closeCode);
    }
    return joined;
  }

  /** With its connecting, well or not. */
  boolean isDone() {
    return joined || isGone();
  }

  /** Whether it has its session, and has not lost it since. */
  boolean isIn() {
    return joined && !isGone();
  }

  boolean isGone() {
    return closeCode != 0;
  }

  int closeCode() {
    return closeCode;
  }

  /** When its Close frame came, of {@link System#nanoTime}. */
  long goneAt() {
    return goneAt;
  }

  void ready(SelectionKey key) {
    SocketChannel channel = (SocketChannel) key.channel();
    try {
      if (key.isConnectable() && channel.finishConnect()) {
        key.interestOps(SelectionKey.OP_READ);
        channel.write(ByteBuffer.wrap(handshake()));
      } else if (key.isReadable()) {
        boolean ended = channel.read(unread) < 0;
        takeAll(channel);
        if (ended) {
          gone(WITHOUT_CLOSE, channel);
        }
      }
    } catch (IOException e) {
      abandon(channel);
    }
  }

  private void abandon(SocketChannel channel) {
    try {
      gone(WITHOUT_CLOSE, channel);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private byte[] handshake() {
    return """
        GET /ws HTTP/1.1\r
        Host: localhost\r
        Upgrade: websocket\r
        Connection: Upgrade\r
        Sec-WebSocket-Version: 13\r
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
        Authorization: Bearer %s\r
        \r
        """
        .formatted(sessionId)
        .getBytes(StandardCharsets.US_ASCII);
  }

  private void takeAll(SocketChannel channel) throws IOException {
    unread.flip();
    if (!upgraded) {
      takeHead(channel);
    }
    while (upgraded && takeFrame(channel)) {
      // the next
    }
    unread.compact();
  }

  private void takeHead(SocketChannel channel) throws IOException {
    String text = new String(unread.array(), 0, unread.limit(), StandardCharsets.ISO_8859_1);
    int end = text.indexOf(HEAD_END);
    if (end < 0) {
      return;
    }
    int status = Integer.parseInt(text.split(" ", 3)[1]);
    unread.position(end + HEAD_END.length());
    upgraded = status == 101;
    if (!upgraded) {
      gone(status, channel);
    }
  }

  /** Servers do not mask, and what they say here is shorter than 64 KiB. */
  private boolean takeFrame(SocketChannel channel) throws IOException {
    int start = unread.position();
    int had = unread.remaining();
    int length = had < 2 ? 0 : unread.get(start + 1);
    int header = length == 126 ? 4 : 2;
    if (had >= 4 && length == 126) {
      length = unread.getShort(start + 2);
    }
    if (had < header + length || isGone()) {
      return false;
    }
    byte[] payload = new byte[length];
    unread.position(start + header).get(payload);
    take(new Frame(true, 0, unread.get(start) & 0xf, payload), channel);
    return true;
  }

  private void take(Frame frame, SocketChannel channel) throws IOException {
    switch (frame.opcode()) {
      case Frame.CLOSE -> {
        closeReason = frame.closeReason();
        gone(frame.closeCode(), channel);
      }
      case Frame.PING -> {
        Frame pong = new Frame(true, 0, Frame.PONG, frame.payload());
        channel.write(ByteBuffer.wrap(pong.masked()));
      }
      default -> joined = true;
    }
  }

  private void gone(int code, SocketChannel channel) throws IOException {
    if (!isGone()) {
      goneAt = System.nanoTime();
      closeCode = code;
    }
    channel.close();
  }
}
