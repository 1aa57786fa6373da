package io.trunkline.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Against the JDK's decoder: the same bytes are refused, and at the same byte. */
class Utf8ValidatorTest {
  private static final int ROUNDS = 20_000;

  /** Bytes at which RFC 3629 changes its mind. */
  private static final int[] EDGES = {
    0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec,
    0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff
  };

  @Test
  void everyTwoBytesAreJudgedAsTheJdkDoes() {
    for (int pair = 0; pair < 0x10000; pair++) {
      compare(new byte[] {(byte) (pair >> 8), (byte) pair}, 2);
    }
  }

  @Test
  void everyThreeBytesOfEdgesAreJudgedAsTheJdkDoes() {
    for (int a : EDGES) {
      for (int b : EDGES) {
        for (int c : EDGES) {
          compare(new byte[] {(byte) a, (byte) b, (byte) c}, 1);
        }
      }
    }
  }

  @Test
  void randomBytesAreJudgedAsTheJdkDoesWhereverTheyAreCut() {
    Random random = new Random(1);
    for (int round = 0; round < ROUNDS; round++) {
      byte[] bytes = new byte[random.nextInt(24)];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) EDGES[random.nextInt(EDGES.length)];
      }
      compare(bytes, 1 + random.nextInt(5));
    }
  }

  @Test
  void validTextIsAcceptedWhereverItIsCut() {
    Random random = new Random(2);
    for (int round = 0; round < ROUNDS; round++) {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(20); i > 0; i--) {
        text.appendCodePoint(scalar(random));
      }
      byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
      assertThat(acceptedBytes(bytes, 1 + random.nextInt(9))).isEqualTo(bytes.length);
    }
  }

  private static int scalar(Random random) {
    int point = random.nextInt(random.nextBoolean() ? 0x80 : 0x110000);
    return point >= 0xd800 && point <= 0xdfff ? 'x' : point;
  }

  private static void compare(byte[] bytes, int piece) {
    int accepted = acceptedBytes(bytes, 1);
    check(accepted == acceptedByTheJdk(bytes), bytes, "the first bad byte, not " + accepted);
    Utf8Validator validator = new Utf8Validator();
    boolean good = true;
    for (int from = 0; good && from < bytes.length; from += piece) {
      good = validator.accept(bytes, from, Math.min(piece, bytes.length - from));
    }
    check(good == (accepted == bytes.length), bytes, "the same in pieces of " + piece);
    check((good && validator.complete()) == isText(bytes), bytes, "whether it is complete");
  }

  private static void check(boolean rule, byte[] bytes, String what) {
    if (!rule) {
      throw new AssertionError(HexFormat.of().formatHex(bytes) + ": expected " + what);
    }
  }

  /** How many bytes are taken before the first that can't be right. */
  private static int acceptedBytes(byte[] bytes, int piece) {
    Utf8Validator validator = new Utf8Validator();
    for (int from = 0; from < bytes.length; from += piece) {
      if (!validator.accept(bytes, from, Math.min(piece, bytes.length - from))) {
        return from;
      }
    }
    return bytes.length;
  }

  private static int acceptedByTheJdk(byte[] bytes) {
    int count = 0;
    while (count < bytes.length && canBecomeText(bytes, count + 1)) {
      count++;
    }
    return count;
  }

  /** The JDK's decoder itself waits for whole characters before it judges. */
  private static boolean canBecomeText(byte[] bytes, int count) {
    byte[] whole = Arrays.copyOf(bytes, count);
    if (isText(whole)) {
      return true;
    }
    for (byte next : new byte[] {(byte) 0x80, (byte) 0x90, (byte) 0xa0}) {
      byte[] longer = Arrays.copyOf(whole, count + 1);
      for (int more = 1; more <= 3; more++) {
        longer = Arrays.copyOf(longer, count + more);
        Arrays.fill(longer, count, longer.length, (byte) 0x80);
        longer[count] = next;
        if (isText(longer)) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean isText(byte[] bytes) {
    CoderResult result =
        StandardCharsets.UTF_8
            .newDecoder()
            .decode(ByteBuffer.wrap(bytes), CharBuffer.allocate(2 * bytes.length + 1), true);
    return !result.isError();
  }
}
