package io.trunkline.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogSearchTest {
  private static final String SECRET = "CfDJ8-secret-of-43-characters";
  private static final String LINE = "2026-11-21T10:00:00.000Z INFO  Thing ";

  @TempDir Path directory;

  @Test
  void aSecretIsFoundWhereverItStandsInALogLine() throws Exception {
    Path log =
        Files.write(
            directory.resolve("a.log"),
            List.of(
                LINE + "well",
                LINE + "token=" + SECRET + " x",
                LINE + SECRET,
                LINE + "near: CfDJ8-secret-of-4",
                "name of a test: " + SECRET));
    assertThat(new LogSearch(List.of(SECRET)).leaks(log)).hasSize(2);
  }

  @Test
  void whatClientsSendIsKept() throws Exception {
    Confidential.keepFromHeader("Bearer abcdefghijklm1");
    Confidential.keepFromHeader("a=b; session_id=abcdefghijklm2; c=d");
    Confidential.keepFromHeader("trunkline.v1, session.abcdefghijklm3");
    Confidential.keepFrom(Frame.text("{\"type\":\"x\",\"message\":\"abcdefghijklm4\"}"));
    Confidential.keepFrom(Frame.text("{\"message\":\"short\"}"));
    assertThat(LogSearch.kept(Path.of(".")))
        .contains("abcdefghijklm1", "abcdefghijklm2", "abcdefghijklm3", "abcdefghijklm4")
        .doesNotContain("short");
  }
}
