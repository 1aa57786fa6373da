package io.trunkline.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class JsonFrameStringsTest {
  @Test
  void anArrayOfStringsIsRead() {
    assertThat(strings("{\"users\":[ \"a\" ,\n\"b\"]}", 2)).containsExactly("a", "b");
    assertThat(strings("{\"users\":[]}", 2)).isEmpty();
    assertThat(strings("{\"users\":[\"\"]}", 2)).containsExactly("");
  }

  @Test
  void escapesAreResolved() {
    assertThat(strings("{\"users\":[\"a\\\"]\",\"\\\\\",\"\\u00e9\"]}", 3))
        .containsExactly("a\"]", "\\", "é");
  }

  @Test
  void absentAndNullAreNull() {
    assertThat(strings("{}", 2)).isNull();
    assertThat(strings("{\"users\":null}", 2)).isNull();
  }

  @Test
  void anythingElseIsABadRequestThatNamesTheField() {
    for (String value : List.of("\"a\"", "{}", "1", "[1]", "[\"a\",null]", "[[\"a\"]]")) {
      Refusal refusal =
          catchThrowableOfType(Refusal.class, () -> strings("{\"users\":" + value + "}", 2));
      assertThat(refusal.code()).as(value).isEqualTo(ErrorCode.BAD_REQUEST);
      assertThat(refusal).hasMessageStartingWith("users: expected an array of strings");
    }
  }

  @Test
  void moreThanTheMostIsRefused() {
    assertThat(catchThrowableOfType(Refusal.class, () -> strings("{\"users\":[\"a\",\"b\"]}", 1)))
        .hasMessage("users: expected at most 1 strings, got more");
  }

  private static List<String> strings(String json, int max) {
    return JsonFrame.parse(json.getBytes(StandardCharsets.UTF_8)).strings("users", max);
  }
}
