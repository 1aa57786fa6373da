package io.trunkline.testing;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * A TCP connection for tests that care about every byte: a hand-made handshake, any frame, good or
 * bad, and the frames that come back. Blocks, at most {@link #PATIENCE_MILLIS} a read. Sending may
 * be done by any thread, reading by one.
 */
public final class RawSocket implements AutoCloseable {
  /** Longer than any answer that the protocol promises, the authentication deadline aside. */
  public static final int PATIENCE_MILLIS = 15_000;

  private final Socket socket;
  private final DataInputStream in;
  private final OutputStream out;

  private RawSocket(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    this.out = socket.getOutputStream();
  }

  public static RawSocket open(String host, int port) {
    return open(host, port, 0);
  }

  /** With a small receive buffer, a reader that stops reading is noticed sooner. 0: as it comes. */
  public static RawSocket open(String host, int port, int receiveBufferBytes) {
    try {
      Socket socket = new Socket();
      if (receiveBufferBytes > 0) {
        socket.setReceiveBufferSize(receiveBufferBytes);
      }
      socket.setTcpNoDelay(true);
      socket.connect(new InetSocketAddress(host, port), PATIENCE_MILLIS);
      socket.setSoTimeout(PATIENCE_MILLIS);
      return new RawSocket(socket);
    } catch (IOException e) {
      throw new UncheckedIOException("no connection to " + host + ":" + port, e);
    }
  }

  /** Over a connection that was made otherwise, by TLS or from another address; closes it. */
  public static RawSocket over(Socket connected) {
    try {
      connected.setTcpNoDelay(true);
      connected.setSoTimeout(PATIENCE_MILLIS);
      return new RawSocket(connected);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A correct upgrade request for {@code target}, such as {@code /ws?since=1}; then its answer. */
  public HttpAnswer handshake(String target, Map<String, String> headers) {
    Map<String, String> all = new HashMap<>();
    all.put("Host", socket.getInetAddress().getHostName() + ":" + socket.getPort());
    all.put("Upgrade", "websocket");
    all.put("Connection", "Upgrade");
    all.put("Sec-WebSocket-Version", "13");
    all.put("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
    all.putAll(headers);
    return request("GET", target, all, "");
  }

  /** Sends a request with exactly these headers, and reads the answer. */
  public HttpAnswer request(
      String method, String target, Map<String, String> headers, String body) {
    StringBuilder request = new StringBuilder(method + " " + target + " HTTP/1.1\r\n");
    headers.forEach(
        (name, value) -> request.append(name).append(": ").append(value).append("\r\n"));
    send(request.append("\r\n").append(body).toString().getBytes(StandardCharsets.UTF_8));
    return readHttp();
  }

  public void send(Frame... frames) {
    for (Frame frame : frames) {
      send(frame.masked());
    }
  }

  public synchronized void send(byte[] bytes) {
    try {
      out.write(bytes);
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The next frame; null when the server has ended or reset the connection. */
  public Frame readFrame() {
    try {
      return frame();
    } catch (EOFException | SocketException e) {
      return null;
    } catch (SocketTimeoutException e) {
      throw new AssertionError("no frame within " + PATIENCE_MILLIS + " ms", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Frame frame() throws IOException {
    int first = in.readUnsignedByte();
    int second = in.readUnsignedByte();
    if ((second & 0x80) != 0) {
      throw new AssertionError("the server sent a masked frame");
    }
    long length = second & 0x7f;
    if (length == 126) {
      length = in.readUnsignedShort();
    } else if (length == 127) {
      length = in.readLong();
    }
    byte[] payload = new byte[Math.toIntExact(length)];
    in.readFully(payload);
    return new Frame((first & 0x80) != 0, first >> 4 & 7, first & 0xf, payload);
  }

  /** An HTTP answer; its body too, except after 101. */
  public HttpAnswer readHttp() {
    try {
      String statusLine = line();
      Map<String, String> headers = new HashMap<>();
      for (String line = line(); !line.isEmpty(); line = line()) {
        int colon = line.indexOf(':');
        headers.merge(
            line.substring(0, colon).toLowerCase(Locale.ROOT),
            line.substring(colon + 1).strip(),
            (one, other) -> one + ", " + other);
      }
      int status = Integer.parseInt(statusLine.split(" ")[1]);
      return new HttpAnswer(status, headers, status == 101 ? "" : body(headers));
    } catch (IOException e) {
      throw new UncheckedIOException("no HTTP answer", e);
    }
  }

  private String body(Map<String, String> headers) throws IOException {
    if ("chunked".equals(headers.get("transfer-encoding"))) {
      StringBuilder body = new StringBuilder();
      for (int size = chunkSize(); size > 0; size = chunkSize()) {
        body.append(new String(in.readNBytes(size), StandardCharsets.UTF_8));
        line();
      }
      line();
      return body.toString();
    }
    int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
    return new String(in.readNBytes(length), StandardCharsets.UTF_8);
  }

  private int chunkSize() throws IOException {
    return Integer.parseInt(line(), 16);
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int b = in.readUnsignedByte(); b != '\n'; b = in.readUnsignedByte()) {
      line.append((char) b);
    }
    return line.toString().stripTrailing();
  }

  /** How long a read waits; 0 for ever. */
  RawSocket patience(int millis) {
    try {
      socket.setSoTimeout(millis);
      return this;
    } catch (SocketException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether the server has ended the connection: waits for it, and skips what else comes. */
  public boolean ended() {
    try (InputStream rest = in) {
      rest.transferTo(OutputStream.nullOutputStream());
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  /** Ends the connection as a crash does: TCP reset, no close frame. */
  public void abort() {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends the connection without a close frame. */
  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
