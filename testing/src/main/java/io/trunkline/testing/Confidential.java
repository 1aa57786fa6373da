package io.trunkline.testing;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Session ids and contents of messages that the tests of this JVM have used. They are kept in a
 * file, so that a check at the end of the build can look for them in everything that was logged.
 * Any thread.
 */
public final class Confidential {
  /** Relative to the module whose tests run; written anew by each run. */
  static final Path FILE = Path.of("target", "confidential.txt");

  /** What is shorter may stand in a log by chance. A session id has 43 characters. */
  public static final int SHORTEST = 12;

  /** Load tests send more; a leak would show in these as well. */
  private static final int MOST = 20_000;

  private static final Pattern IN_FRAME =
      Pattern.compile("\"(?:session_id|message|content)\"\\s*:\\s*\"([^\"\\\\]{12,})\"");

  private static final Pattern IN_HEADER =
      Pattern.compile("(?:(?i:bearer) |session_id=|session\\.)([^\\s,;]{12,})");

  private static final Set<String> KEPT = new HashSet<>();
  private static BufferedWriter file;

  private Confidential() {}

  /** A whole secret, such as a session id; kept unless it is too short to be told from chance. */
  public static synchronized void keep(String secret) {
    if (secret.length() < SHORTEST || KEPT.size() >= MOST || !KEPT.add(secret)) {
      return;
    }
    try {
      if (file == null) {
        Files.createDirectories(FILE.getParent());
        file = Files.newBufferedWriter(FILE);
      }
      file.write(secret);
      file.newLine();
      file.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void keepFrom(Frame frame) {
    keepAll(IN_FRAME, frame.text());
  }

  static void keepFromHeader(String value) {
    keepAll(IN_HEADER, value);
  }

  private static void keepAll(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    while (matcher.find()) {
      keep(matcher.group(1));
    }
  }
}
