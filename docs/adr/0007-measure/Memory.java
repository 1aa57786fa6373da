import java.io.DataInputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.Deflater;

/**
 * Resident memory of a server for each connection that has had a compressible message of 1 KB
 * echoed five times.
 *
 * <pre>java Memory.java PORT SERVER_PID CONNECTIONS compressed|plain</pre>
 */
public class Memory {
  private static final int WARM = 200;

  public static void main(String[] args) throws Exception {
    int port = Integer.parseInt(args[0]);
    int count = Integer.parseInt(args[2]);
    boolean compressed = args[3].equals("compressed");
    byte[] text = "{\"message\":\"all work and no play\"},".repeat(30).getBytes(StandardCharsets.UTF_8);
    List<Socket> open = new ArrayList<>();
    long before = 0;
    for (int i = 0; i < WARM + count; i++) {
      if (i == WARM) {
        before = resident(args[1]);
      }
      Socket socket = connect(port, i, compressed);
      open.add(socket);
      for (int k = 0; k < 5; k++) {
        echo(socket, compressed ? deflate(text) : text, compressed);
      }
    }
    System.out.printf(
        "%s: %.1f KB for each of %d connections%n",
        args[3], (resident(args[1]) - before) / 1024.0 / count, count);
    for (Socket socket : open) {
      socket.close();
    }
  }

  private static Socket connect(int port, int number, boolean compressed) throws Exception {
    Socket socket = new Socket("127.0.0.1", port);
    socket.setTcpNoDelay(true);
    String offer = compressed ? "Sec-WebSocket-Extensions: permessage-deflate\r\n" : "";
    socket
        .getOutputStream()
        .write(
            ("GET /echo HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                    + offer
                    + "\r\n")
                .getBytes(StandardCharsets.US_ASCII));
    StringBuilder answer = new StringBuilder();
    while (answer.indexOf("\r\n\r\n") < 0) {
      answer.append((char) socket.getInputStream().read());
    }
    if (!answer.toString().startsWith("HTTP/1.1 101")
        || compressed != answer.toString().toLowerCase().contains("permessage-deflate")) {
      throw new IllegalStateException("connection " + number + ": " + answer);
    }
    return socket;
  }

  private static void echo(Socket socket, byte[] payload, boolean compressed) throws Exception {
    byte[] head = {(byte) (compressed ? 0xc1 : 0x81), (byte) 0xfe, 0, 0, 0, 0, 0, 0};
    ByteBuffer.wrap(head).putShort(2, (short) payload.length);
    if (payload.length < 126) {
      head = new byte[] {head[0], (byte) (0x80 | payload.length), 0, 0, 0, 0};
    }
    OutputStream out = socket.getOutputStream();
    out.write(head);
    out.write(payload);
    DataInputStream in = new DataInputStream(socket.getInputStream());
    in.readByte();
    int length = in.readByte() & 0x7f;
    in.readFully(new byte[length == 126 ? in.readUnsignedShort() : length]);
  }

  private static byte[] deflate(byte[] text) {
    Deflater deflater = new Deflater(6, true);
    deflater.setInput(text);
    byte[] out = new byte[text.length];
    int size = deflater.deflate(out, 0, out.length, Deflater.SYNC_FLUSH);
    deflater.end();
    return Arrays.copyOf(out, size - 4);
  }

  private static long resident(String pid) throws Exception {
    for (String line : Files.readAllLines(Path.of("/proc", pid, "status"))) {
      if (line.startsWith("VmRSS")) {
        return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
      }
    }
    throw new IllegalStateException();
  }
}
