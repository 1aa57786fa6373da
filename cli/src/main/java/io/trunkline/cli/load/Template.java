package io.trunkline.cli.load;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** One sender's message, in which only the marks change from one to the next. One thread. */
final class Template {
  private final byte[] bytes;
  private final int[] marks;
  private final int sender;

  private Template(byte[] bytes, int[] marks, int sender) {
    this.bytes = bytes;
    this.marks = marks;
    this.sender = sender;
  }

  /**
   * The parts with a mark between each two.
   *
   * @param parts ASCII
   */
  static Template of(int sender, String... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int[] marks = new int[parts.length - 1];
    for (int i = 0; i < parts.length; i++) {
      out.writeBytes(parts[i].getBytes(StandardCharsets.US_ASCII));
      if (i < marks.length) {
        marks[i] = out.size();
        out.writeBytes(new byte[Mark.LENGTH]);
      }
    }
    return new Template(out.toByteArray(), marks, sender);
  }

  /** What fills a message of {@code size} bytes beside its mark. */
  static String filler(int size) {
    return "x".repeat(Math.max(0, size - Mark.LENGTH));
  }

  /** The payload; good until the next call. */
  byte[] with(int number, long due) {
    for (int mark : marks) {
      Mark.write(bytes, mark, sender, number, due);
    }
    return bytes;
  }
}
