package io.trunkline.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The chart library is the one that its README names. */
class VendoredTest {
  private static final Pattern ROW = Pattern.compile("\\| (\\S+) \\| ([0-9a-f]{64}) \\|");

  private static byte[] read(String name) throws IOException {
    try (InputStream in = VendoredTest.class.getResourceAsStream("/console/uplot/" + name)) {
      return in.readAllBytes();
    }
  }

  @Test
  void filesHaveTheSumsThatStandBesideThem() throws IOException, GeneralSecurityException {
    String readme = new String(read("README.md"), StandardCharsets.UTF_8);
    List<MatchResult> rows = ROW.matcher(readme).results().toList();
    assertThat(rows)
        .extracting(row -> row.group(1))
        .containsExactly("uPlot.iife.min.js", "uPlot.min.css", "LICENSE");
    for (MatchResult row : rows) {
      byte[] sum = MessageDigest.getInstance("SHA-256").digest(read(row.group(1)));
      assertThat(HexFormat.of().formatHex(sum)).as(row.group(1)).isEqualTo(row.group(2));
    }
  }
}
