package io.trunkline.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Looks for many secrets at once in many lines. */
public final class LogSearch {
  /** How each line that our logs write begins; what tests print themselves does not. */
  private static final Pattern LOG_LINE =
      Pattern.compile("^\\W*\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}\\S* [A-Z]+ .*");

  private final Map<String, List<String>> byStart = new HashMap<>();

  /** {@code secrets} of at least {@link Confidential#SHORTEST} characters each. */
  public LogSearch(Collection<String> secrets) {
    for (String secret : secrets) {
      byStart
          .computeIfAbsent(secret.substring(0, Confidential.SHORTEST), start -> new ArrayList<>())
          .add(secret);
    }
  }

  /** What a run of the tests of {@code module} has kept; empty where there was none. */
  public static List<String> kept(Path module) {
    Path file = module.resolve(Confidential.FILE);
    return Files.exists(file) ? lines(file) : List.of();
  }

  /** Where in {@code file}'s log lines a secret stands: the line, for the report of a failure. */
  public List<String> leaks(Path file) {
    return lines(file).stream()
        .filter(line -> LOG_LINE.matcher(line).matches() && contains(line))
        .map(line -> file + ": " + line)
        .toList();
  }

  /** The files below {@code directory}; none where it does not exist. */
  public static List<Path> filesBelow(Path directory) {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> all = Files.walk(directory)) {
      return all.filter(Files::isRegularFile).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean contains(String line) {
    for (int i = 0; i + Confidential.SHORTEST <= line.length(); i++) {
      int from = i;
      List<String> candidates = byStart.get(line.substring(i, i + Confidential.SHORTEST));
      if (candidates != null
          && candidates.stream().anyMatch(secret -> line.startsWith(secret, from))) {
        return true;
      }
    }
    return false;
  }

  private static List<String> lines(Path file) {
    try { // never fails on bytes that are no UTF-8
      return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
