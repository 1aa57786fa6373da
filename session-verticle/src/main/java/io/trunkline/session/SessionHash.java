package io.trunkline.session;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;

/** What a session goes by in the database, in memory and between nodes: the SHA-256 of its id. */
final class SessionHash {
  private static final Pattern SHAPE = Pattern.compile("[0-9a-f]{64}");

  private SessionHash() {}

  /** In hex. */
  static String of(String id) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(sha256.digest(id.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  static boolean isOne(String hex) {
    return SHAPE.matcher(hex).matches();
  }

  static Buffer bytes(String hex) {
    return Buffer.buffer(HexFormat.of().parseHex(hex));
  }

  static Buffer[] all(List<String> hashes) {
    return hashes.stream().map(SessionHash::bytes).toArray(Buffer[]::new);
  }

  static String hex(Buffer bytes) {
    return HexFormat.of().formatHex(bytes.getBytes());
  }
}
