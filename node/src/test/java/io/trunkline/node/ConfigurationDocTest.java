package io.trunkline.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * {@code docs/configuration.md} says what {@link Key} declares, each setting once and among those
 * of the programs that read it. The last column, why a default is what it is, belongs to the page
 * alone. Where this fails it shows the row that is missing.
 */
class ConfigurationDocTest {
  private static final Path PAGE = Path.of("..", "docs", "configuration.md");

  /** Heading, then what the rows below it say, without the last column. */
  private static final String ROW = "%s: | `%s` | %s | %s | %s |";

  @Test
  void thePageSaysWhatIsDeclared() throws IOException {
    assertThat(rows().stream().map(ConfigurationDocTest::withoutReason))
        .containsExactlyInAnyOrderElementsOf(
            Stream.of(Key.values()).map(ConfigurationDocTest::row).toList());
  }

  @Test
  void eachDefaultHasItsReason() throws IOException {
    assertThat(rows()).allMatch(row -> !lastCell(row).isBlank());
  }

  private static String row(Key key) {
    String absent = key.absent() == null || key.absent().isEmpty() ? "-" : "`" + key.absent() + "`";
    return ROW.formatted(section(key), key.variable(), absent, key.expected(), key.description());
  }

  private static String section(Key key) {
    if (key.isFor(Role.GATEWAY) && key.isFor(Role.SESSION)) {
      return "Both programs";
    }
    return key.isFor(Role.GATEWAY) ? "The gateway" : "The session service";
  }

  /** Rows of settings, each behind its heading. */
  private static List<String> rows() throws IOException {
    List<String> rows = new ArrayList<>();
    String section = "";
    for (String line : Files.readAllLines(PAGE)) {
      if (line.startsWith("## ")) {
        section = line.substring(3);
      } else if (line.startsWith("| `" + Key.VARIABLE_PREFIX)) {
        rows.add(section + ": " + line.replace("\\<", "<"));
      }
    }
    return rows;
  }

  private static String withoutReason(String row) {
    return row.substring(0, row.length() - lastCell(row).length() - 1);
  }

  private static String lastCell(String row) {
    String[] cells = row.split("\\|", -1);
    return cells[cells.length - 2];
  }
}
