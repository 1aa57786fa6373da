import java.nio.charset.StandardCharsets;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * What one message costs to compress and to inflate without a context, by size and level: its
 * length as a share of the plain one, and microseconds of CPU.
 *
 * <pre>java docs/adr/0007-measure/DeflateCost.java</pre>
 */
public class DeflateCost {
  private static final int[] SIZES = {128, 256, 512, 1024, 4096, 16384};
  private static final int[] LEVELS = {1, 6};
  private static final long WARM_NANOS = 300_000_000L;

  public static void main(String[] args) throws Exception {
    System.out.println("bytes  level  share  deflate_us  inflate_us");
    for (int size : SIZES) {
      byte[] message = json(size);
      for (int level : LEVELS) {
        measure(message, level);
      }
    }
  }

  private static void measure(byte[] message, int level) throws Exception {
    Deflater deflater = new Deflater(level, true);
    Inflater inflater = new Inflater(true);
    byte[] out = new byte[message.length + 64];
    byte[] back = new byte[message.length];
    int size = deflate(deflater, message, out);
    double deflate = microseconds(() -> deflate(deflater, message, out));
    double inflate = microseconds(() -> inflate(inflater, out, size, back));
    System.out.printf(
        "%5d  %5d  %4.0f%%  %10.1f  %10.1f%n",
        message.length, level, 100.0 * (size - 4) / message.length, deflate, inflate);
  }

  private static int deflate(Deflater deflater, byte[] message, byte[] out) {
    deflater.reset();
    deflater.setInput(message);
    return deflater.deflate(out, 0, out.length, Deflater.SYNC_FLUSH);
  }

  private static int inflate(Inflater inflater, byte[] in, int size, byte[] back) {
    try {
      inflater.reset();
      inflater.setInput(in, 0, size);
      return inflater.inflate(back);
    } catch (java.util.zip.DataFormatException e) {
      throw new IllegalStateException(e);
    }
  }

  private interface Work {
    int run();
  }

  private static double microseconds(Work work) {
    long begin = System.nanoTime();
    int count = 0;
    while (System.nanoTime() - begin < WARM_NANOS) {
      work.run();
      count++;
    }
    long measured = System.nanoTime();
    for (int i = 0; i < count; i++) {
      work.run();
    }
    return (System.nanoTime() - measured) / 1000.0 / count;
  }

  /** Messages of a chat, in an envelope such as a client gets. */
  private static byte[] json(int size) {
    String words = "the train leaves at nine and we should meet before that under the large clock, ";
    StringBuilder text =
        new StringBuilder(
            "{\"type\":\"message\",\"channel\":\"news\",\"sender\":\"alice\",\"offset\":41,"
                + "\"time\":\"2026-11-20T18:00:00.000Z\",\"message\":\"");
    for (int i = 0; text.length() < size - 2; i++) {
      text.append(words, i * 7 % 40, 40 + i * 11 % 39).append(i * 7919 % 1000);
    }
    return (text.substring(0, size - 2) + "\"}").getBytes(StandardCharsets.UTF_8);
  }
}
