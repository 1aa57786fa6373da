package io.trunkline.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client's frame is read as RFC 8259 says, and by everybody in the same way. */
class JsonFrameTest {
  private static final JsonFactory JACKSON =
      new JsonFactory().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

  @Test
  void fieldsAreFoundWhateverTheOrderAndTheBlanks() {
    JsonFrame frame =
        parse(
            " {\t\"n\" : -7 ,\"b\":true,\r\n\"s\":\"a\\u00e9\\n\\ud83d\\ude00\",\"o\":{\"s\":1} } ");
    assertThat(frame.integer("n", -10, 10, 0)).isEqualTo(-7);
    assertThat(frame.bool("b")).isTrue();
    assertThat(frame.string("s")).isEqualTo("aé\n😀");
    assertThat(new String(frame.raw("o"), StandardCharsets.UTF_8)).isEqualTo("{\"s\":1}");
    assertThat(frame.has("x")).isFalse();
  }

  @Test
  void aNameWrittenWithEscapesIsTheSameName() {
    assertThat(parse("{\"\\u0074ype\":\"echo\"}").string("type")).isEqualTo("echo");
  }

  @Test
  void aNameOfAnyLanguageIsFound() {
    JsonFrame frame = parse("{\"größe\":\"7\",\"\\u00e9\":\"8\"}");
    assertThat(frame.string("größe")).isEqualTo("7");
    assertThat(frame.string("é")).isEqualTo("8");
    assertThat(frame.has("grosse")).isFalse();
    assertThatThrownBy(() -> parse("{\"é\":1,\"\\u00e9\":1}")).isInstanceOf(Refusal.class);
  }

  @Test
  void aValueKeepsItsBytesAsTheyCame() {
    String value = "[1.0e+2, \"\\u0000\\/\" ,{ \"a\":null}]";
    assertThat(
            new String(
                parse("{\"message\": " + value + " }").raw("message"), StandardCharsets.UTF_8))
        .isEqualTo(value);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "nope",
        "{",
        "{}x",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "{'a':1}",
        "{\"a\":01}",
        "{\"a\":1.}",
        "{\"a\":.5}",
        "{\"a\":+1}",
        "{\"a\":1e}",
        "{\"a\":-}",
        "{\"a\":tru}",
        "{\"a\":nul}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12g4\"}",
        "{\"a\":\"\t\"}",
        "{\"a\":[1,]}",
        "{\"a\":[1}",
        "{\"a\":{]}",
        "{\"a\":NaN}",
        "{\"a\":1 2}",
        "{\"a\":1}{}",
        "{,}",
        "{\"a\":\"",
        "{\"a\":\"\\"
      })
  void whatIsNotJsonIsBadJson(String text) {
    assertRefused(text, ErrorCode.BAD_JSON);
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "1", "\"text\"", "null", "true"})
  void aValueThatIsNoObjectIsBadJson(String text) {
    assertRefused(text, ErrorCode.BAD_JSON);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\\ud800", "\\udc00", "\\ud800x", "\\ud800\\n", "\\ud800\\ud800"})
  void halfASurrogatePairIsBadJson(String half) {
    assertRefused("{\"a\":\"" + half + "\"}", ErrorCode.BAD_JSON);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"type\":1,\"type\":2}", "{\"type\":1,\"\\u0074ype\":2}"})
  void aNameThatStandsTwiceIsBadJson(String text) {
    assertRefused(text, ErrorCode.BAD_JSON);
  }

  @Test
  void nestingIsBounded() {
    assertThat(parse(nested(JsonFrame.MAX_DEPTH - 1)).has("a")).isTrue();
    assertRefused(nested(JsonFrame.MAX_DEPTH), ErrorCode.BAD_JSON);
    assertRefused(nested(200), ErrorCode.BAD_JSON);
  }

  @Test
  void fieldsOfTheWrongKindAreNamed() {
    JsonFrame frame = parse("{\"s\":1,\"n\":\"x\",\"b\":0,\"f\":1.5,\"big\":99999999999999999999}");
    assertThatThrownBy(() -> frame.string("s")).hasMessageContaining("s: expected a string");
    assertThatThrownBy(() -> frame.integer("n", 0, 9, 0))
        .hasMessageContaining("n: expected a whole number");
    assertThatThrownBy(() -> frame.integer("f", 0, 9, 0))
        .hasMessageContaining("f: expected a whole number");
    assertThatThrownBy(() -> frame.integer("big", 0, 9, 0)).hasMessageContaining("big: expected");
    assertThatThrownBy(() -> frame.bool("b")).hasMessageContaining("b: expected true or false");
    assertThatThrownBy(() -> frame.raw("gone")).hasMessageContaining("gone: missing");
  }

  @Test
  void namesAndIdsHaveBounds() {
    assertThat(parse("{\"u\":\"" + "x".repeat(128) + "\"}").name("u")).hasSize(128);
    assertThatThrownBy(() -> parse("{\"u\":\"" + "x".repeat(129) + "\"}").name("u"))
        .isInstanceOf(Refusal.class);
    assertThatThrownBy(() -> parse("{\"u\":\" \"}").name("u")).isInstanceOf(Refusal.class);
    assertThatThrownBy(() -> parse("{\"u\":\"a\\u0000\"}").name("u")).isInstanceOf(Refusal.class);
    assertThat(parse("{\"id\":\"" + "x".repeat(64) + "\"}").id()).hasSize(64);
    assertThatThrownBy(() -> parse("{\"id\":\"" + "x".repeat(65) + "\"}").id())
        .isInstanceOf(Refusal.class);
    assertThatThrownBy(() -> parse("{\"id\":\"\"}").id()).isInstanceOf(Refusal.class);
  }

  /** Whatever Jackson takes we take, and the other way round; but for what we refuse on purpose. */
  @Test
  void agreesWithAnotherReaderOnEverythingThatIsAlmostJson() throws IOException {
    Random random = new Random(20261120);
    int good = 0;
    for (int i = 0; i < 200_000; i++) {
      byte[] bytes = mutate(sample(random), random);
      boolean ours = isOurs(bytes);
      if (ours != isJackson(bytes)) {
        fail("ours " + ours + " for " + new String(bytes, StandardCharsets.UTF_8));
      }
      good += ours ? 1 : 0;
    }
    assertThat(good).isBetween(20_000, 180_000);
  }

  @Test
  void whatTheWriterWritesTheReaderReads() {
    Random random = new Random(7);
    for (int i = 0; i < 2_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int n = random.nextInt(20); n > 0; n--) {
        int point = random.nextInt(random.nextBoolean() ? 0x80 : Character.MAX_CODE_POINT + 1);
        text.appendCodePoint(point >= 0xd800 && point <= 0xdfff ? 'x' : point);
      }
      byte[] frame = FrameWriter.frame("echo").string("text", text.toString()).number("n", i).end();
      assertThat(JsonFrame.parse(frame).string("text")).isEqualTo(text.toString());
    }
  }

  private static boolean isOurs(byte[] bytes) {
    try {
      JsonFrame.parse(bytes);
      return true;
    } catch (Refusal refused) {
      return false;
    }
  }

  private static boolean isJackson(byte[] bytes) throws IOException {
    try (JsonParser parser = JACKSON.createParser(bytes)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return false;
      }
      parser.skipChildren();
      return parser.currentToken() == JsonToken.END_OBJECT && parser.nextToken() == null;
    } catch (com.fasterxml.jackson.core.JsonProcessingException bad) {
      return false;
    }
  }

  private static String sample(Random random) {
    List<String> samples =
        List.of(
            "{\"type\":\"echo\",\"content\":[1,-2.5e+3,{\"a\":null}]}",
            "{\"a\":\"x\\n\\u0041\",\"b\":{\"c\":[[],{}]},\"d\":true}",
            " { \"k\" : [ 1 , 2 ] , \"l\" : \"\" } ",
            "{}");
    return samples.get(random.nextInt(samples.size()));
  }

  /**
   * Up to two bytes replaced, left out or doubled; printable ASCII only, as UTF-8 is checked
   * elsewhere.
   */
  private static byte[] mutate(String text, Random random) {
    StringBuilder mutated = new StringBuilder(text);
    String alphabet = "{}[]:,\"\\ 019.-+eEtrufalsn xA\t";
    for (int n = random.nextInt(3); n > 0; n--) {
      int at = random.nextInt(mutated.length());
      switch (random.nextInt(3)) {
        case 0 -> mutated.setCharAt(at, alphabet.charAt(random.nextInt(alphabet.length())));
        case 1 -> mutated.deleteCharAt(at);
        default -> mutated.insert(at, alphabet.charAt(random.nextInt(alphabet.length())));
      }
      if (mutated.isEmpty()) {
        mutated.append('{');
      }
    }
    return mutated.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static String nested(int arrays) {
    return "{\"a\":" + "[".repeat(arrays) + "]".repeat(arrays) + "}";
  }

  private static JsonFrame parse(String text) {
    return JsonFrame.parse(text.getBytes(StandardCharsets.UTF_8));
  }

  private static void assertRefused(String text, ErrorCode code) {
    assertThatThrownBy(() -> parse(text))
        .isInstanceOfSatisfying(
            Refusal.class, refusal -> assertThat(refusal.code()).isEqualTo(code));
  }
}
