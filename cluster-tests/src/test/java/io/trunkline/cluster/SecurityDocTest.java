package io.trunkline.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Each threat in SECURITY.md has a test, and each test that it names is there. */
class SecurityDocTest {
  private static final Path ROOT = Path.of("..");
  private static final Pattern NAMED = Pattern.compile("`([A-Z]\\w+)\\.(\\w+)`");

  @Test
  void eachThreatHasATest() throws IOException {
    assertThat(threats())
        .hasSizeGreaterThan(20)
        .allMatch(row -> NAMED.matcher(row).find(), "named");
  }

  @Test
  void eachTestThatIsNamedIsThere() throws IOException {
    Map<String, String> tests = tests();
    List<String> missing =
        threats().stream()
            .flatMap(row -> NAMED.matcher(row).results())
            .filter(named -> !isIn(tests, named))
            .map(MatchResult::group)
            .toList();
    assertThat(missing).isEmpty();
  }

  private static boolean isIn(Map<String, String> tests, MatchResult named) {
    return tests.getOrDefault(named.group(1), "").contains("void " + named.group(2) + "(");
  }

  private static List<String> threats() throws IOException {
    return Files.readAllLines(ROOT.resolve("SECURITY.md")).stream()
        .dropWhile(line -> !line.equals("## Threats"))
        .takeWhile(line -> !line.startsWith("## What is not"))
        .filter(
            line ->
                line.startsWith("| ") && !line.startsWith("| threat") && !line.startsWith("| -"))
        .toList();
  }

  /** Sources of all tests, by class. */
  private static Map<String, String> tests() throws IOException {
    try (Stream<Path> modules = Files.list(ROOT)) {
      return modules
          .map(module -> module.resolve("src/test/java"))
          .filter(Files::isDirectory)
          .flatMap(SecurityDocTest::sources)
          .collect(Collectors.toMap(SecurityDocTest::name, SecurityDocTest::text, String::concat));
    }
  }

  private static Stream<Path> sources(Path directory) {
    try (Stream<Path> all = Files.walk(directory)) {
      return all.filter(file -> file.toString().endsWith(".java")).toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String name(Path source) {
    return source.getFileName().toString().replace(".java", "");
  }

  private static String text(Path source) {
    try {
      return Files.readString(source);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
