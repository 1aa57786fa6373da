package io.trunkline.protocol;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A client's frame: one JSON object (RFC 8259), checked whole in one pass, with an index of its
 * top-level fields. Values are not turned into a tree: what nobody asks for is never built, and a
 * {@code message} keeps its bytes as they came.
 *
 * <p>Stricter than the RFC where two readers could disagree: a name that stands twice at the top
 * level, an escape of half a surrogate pair, and nesting deeper than {@value #MAX_DEPTH} are
 * refused. The bytes must be valid UTF-8 already; the frame assembler has seen to that.
 */
public final class JsonFrame {
  /** Containers that may be open at once, the outer object included; one bit each in a long. */
  public static final int MAX_DEPTH = 64;

  /** Fields at the top level; a frame of the protocol has at most a handful. */
  public static final int MAX_FIELDS = 64;

  private static final int INTS_PER_FIELD = 4;

  private final byte[] bytes;
  private int position;

  /** For each field: name start and end (inside the quotes), value start and end. */
  private int[] fields = new int[8 * INTS_PER_FIELD];

  private int fieldCount;

  private JsonFrame(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * Reads and checks {@code bytes}, which the frame keeps and nobody may change afterwards.
   *
   * @throws Refusal {@code bad_json}, saying what was wrong and at which byte
   */
  public static JsonFrame parse(byte[] bytes) {
    JsonFrame frame = new JsonFrame(bytes);
    frame.parseObject();
    return frame;
  }

  public byte[] bytes() {
    return bytes;
  }

  public boolean has(String name) {
    return find(name) >= 0;
  }

  /** Whether the field is there and is not {@code null}. */
  public boolean hasValue(String name) {
    int at = find(name);
    return at >= 0 && bytes[fields[at + 2]] != 'n';
  }

  /**
   * A string field, or null where it is absent or {@code null}.
   *
   * @throws Refusal {@code bad_request} when it is something else
   */
  public String string(String name) {
    int at = find(name);
    if (at < 0 || bytes[fields[at + 2]] == 'n') {
      return null;
    }
    if (bytes[fields[at + 2]] != '"') {
      throw wrongKind(name, "a string", at);
    }
    return unescape(fields[at + 2] + 1, fields[at + 3] - 1);
  }

  /**
   * The name of a user or a channel.
   *
   * @throws Refusal {@code bad_request} when it is absent or not of that shape
   */
  public String name(String name) {
    String value = string(name);
    if (value == null) {
      throw Refusal.badRequest(name + ": missing");
    }
    if (!Shapes.isName(value)) {
      throw Refusal.badRequest(
          name
              + ": expected 1 to "
              + Shapes.MAX_NAME
              + " characters, none of them a control character");
    }
    return value;
  }

  /**
   * The request's {@code id}, or null where there is none.
   *
   * @throws Refusal {@code bad_request} when it is not a string of 1 to 64 characters
   */
  public String id() {
    String id = string("id");
    if (id != null && (id.isEmpty() || id.length() > Shapes.MAX_ID)) {
      throw Refusal.badRequest(
          "id: expected a string of 1 to " + Shapes.MAX_ID + " characters, got " + id.length());
    }
    return id;
  }

  /**
   * A whole number.
   *
   * @param absent what an absent or {@code null} field means
   * @throws Refusal {@code bad_request} when it is something else or out of bounds
   */
  public long integer(String name, long min, long max, long absent) {
    int at = find(name);
    if (at < 0 || bytes[fields[at + 2]] == 'n') {
      return absent;
    }
    int start = fields[at + 2];
    int end = fields[at + 3];
    if (end - start <= 19) {
      try {
        long value =
            Long.parseLong(new String(bytes, start, end - start, StandardCharsets.US_ASCII));
        if (value >= min && value <= max) {
          return value;
        }
      } catch (NumberFormatException e) {
        // said below, with what was expected
      }
    }
    throw wrongKind(name, "a whole number from " + min + " to " + max, at);
  }

  /**
   * A boolean, false where it is absent.
   *
   * @throws Refusal {@code bad_request} when it is something else
   */
  public boolean bool(String name) {
    int at = find(name);
    if (at < 0) {
      return false;
    }
    return switch (bytes[fields[at + 2]]) {
      case 't' -> true;
      case 'f', 'n' -> false;
      default -> throw wrongKind(name, "true or false", at);
    };
  }

  /**
   * The bytes of a value of any kind, as they came.
   *
   * @throws Refusal {@code bad_request} when the field is absent
   */
  public byte[] raw(String name) {
    int at = find(name);
    if (at < 0) {
      throw Refusal.badRequest(name + ": missing");
    }
    return Arrays.copyOfRange(bytes, fields[at + 2], fields[at + 3]);
  }

  /**
   * An array of strings, or null where it is absent or {@code null}.
   *
   * @param max how many there may be
   * @throws Refusal {@code bad_request} when it is something else or has more
   */
  public List<String> strings(String name, int max) {
    int at = find(name);
    if (at < 0 || bytes[fields[at + 2]] == 'n') {
      return null;
    }
    if (bytes[fields[at + 2]] != '[') {
      throw wrongKind(name, "an array of strings", at);
    }
    List<String> values = new ArrayList<>();
    int end = fields[at + 3] - 1;
    for (int i = nextElement(fields[at + 2] + 1, end); i < end; i = nextElement(i, end)) {
      if (bytes[i] != '"') {
        throw wrongKind(name, "an array of strings", "one with something else");
      }
      if (values.size() == max) {
        throw wrongKind(name, "at most " + max + " strings", "more");
      }
      int close = closingQuote(i + 1);
      values.add(unescape(i + 1, close));
      i = close + 1;
    }
    return values;
  }

  /** The syntax has been checked, so whatever is neither blank nor comma begins a value. */
  private int nextElement(int from, int end) {
    int i = from;
    while (i < end && (bytes[i] == ',' || isBlank(bytes[i]))) {
      i++;
    }
    return i;
  }

  private int closingQuote(int from) {
    int i = from;
    while (bytes[i] != '"') {
      i += bytes[i] == '\\' ? 2 : 1;
    }
    return i;
  }

  private static Refusal wrongKind(String name, String expected, String got) {
    return Refusal.badRequest(name + ": expected " + expected + ", got " + got);
  }

  private Refusal wrongKind(String name, String expected, int at) {
    return wrongKind(
        name,
        expected,
        switch (bytes[fields[at + 2]]) {
          case '"' -> "a string";
          case '{' -> "an object";
          case '[' -> "an array";
          case 't', 'f' -> "a boolean";
          case 'n' -> "null";
          default -> "another number";
        });
  }

  /** Index of the field called {@code name} (plain ASCII), or -1. */
  private int find(String name) {
    for (int at = 0; at < fieldCount * INTS_PER_FIELD; at += INTS_PER_FIELD) {
      if (nameEquals(at, name)) {
        return at;
      }
    }
    return -1;
  }

  private boolean nameEquals(int at, String name) {
    int start = fields[at];
    int length = fields[at + 1] - start;
    if (length != name.length()) {
      return hasEscape(at) && unescape(start, fields[at + 1]).equals(name);
    }
    for (int i = 0; i < length; i++) {
      if (bytes[start + i] != name.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private boolean hasEscape(int at) {
    for (int i = fields[at]; i < fields[at + 1]; i++) {
      if (bytes[i] == '\\') {
        return true;
      }
    }
    return false;
  }

  private void parseObject() {
    blanks();
    if (position == bytes.length) {
      throw bad("an empty frame");
    }
    if (bytes[position] != '{') {
      skipValue(1);
      atEnd();
      throw new Refusal(ErrorCode.BAD_JSON, "expected a JSON object");
    }
    position++;
    blanks();
    if (peek() == '}') {
      position++;
    } else {
      do {
        field();
        blanks();
      } while (comma('}'));
    }
    atEnd();
  }

  private void field() {
    blanks();
    int nameStart = position + 1;
    skipString();
    int nameEnd = position - 1;
    colon();
    int valueStart = position;
    skipValue(2);
    addField(nameStart, nameEnd, valueStart, position);
  }

  private void addField(int nameStart, int nameEnd, int valueStart, int valueEnd) {
    if (fieldCount == MAX_FIELDS) {
      throw bad("more than " + MAX_FIELDS + " fields");
    }
    int at = fieldCount * INTS_PER_FIELD;
    if (at == fields.length) {
      fields = Arrays.copyOf(fields, at * 2);
    }
    fields[at] = nameStart;
    fields[at + 1] = nameEnd;
    fields[at + 2] = valueStart;
    fields[at + 3] = valueEnd;
    refuseRepeat(at);
    fieldCount++;
  }

  private void refuseRepeat(int at) {
    boolean escaped = hasEscape(at);
    for (int other = 0; other < at; other += INTS_PER_FIELD) {
      boolean same =
          (escaped || hasEscape(other))
              ? unescape(fields[at], fields[at + 1])
                  .equals(unescape(fields[other], fields[other + 1]))
              : Arrays.equals(
                  bytes, fields[at], fields[at + 1], bytes, fields[other], fields[other + 1]);
      if (same) {
        throw bad("a field that stands twice");
      }
    }
  }

  /** Skips one value whose own container, if it is one, is at {@code depth}. */
  private void skipValue(int depth) {
    long arrays = 0; // bit n: the container at level n below this value is an array
    int level = 0; // containers open below this value
    while (true) {
      blanks();
      byte first = peek();
      if (first == '{' || first == '[') {
        if (depth + level > MAX_DEPTH) {
          throw bad("nesting deeper than " + MAX_DEPTH);
        }
        position++;
        arrays = first == '[' ? arrays | 1L << level : arrays & ~(1L << level);
        level++;
        blanks();
        if (peek() == (first == '[' ? ']' : '}')) {
          position++;
          level--;
        } else {
          if (first == '{') {
            nestedName();
          }
          continue;
        }
      } else {
        scalar(first);
      }
      level = closeOrContinue(level, arrays);
      if (level == 0) {
        return;
      }
    }
  }

  /**
   * After a value: a comma leads to the next one, or its container and perhaps outer ones end here.
   */
  private int closeOrContinue(int openLevels, long arrays) {
    int level = openLevels;
    while (level > 0) {
      boolean array = (arrays >> (level - 1) & 1) == 1;
      blanks();
      if (comma(array ? ']' : '}')) {
        if (!array) {
          nestedName();
        }
        return level;
      }
      level--;
    }
    return 0;
  }

  private void nestedName() {
    blanks();
    skipString();
    colon();
  }

  private void scalar(byte first) {
    switch (first) {
      case '"' -> skipString();
      case 't' -> literal("true");
      case 'f' -> literal("false");
      case 'n' -> literal("null");
      default -> number();
    }
  }

  private void skipString() {
    if (peek() != '"') {
      throw bad("something other than a string");
    }
    position++;
    while (position < bytes.length) {
      byte b = bytes[position];
      if (b == '"') {
        position++;
        return;
      }
      if (b == '\\') {
        escape();
      } else if (b >= 0 && b < 0x20) {
        throw bad("a control character inside a string");
      } else {
        position++;
      }
    }
    throw bad("the end inside a string");
  }

  private void escape() {
    position++;
    switch (peek()) {
      case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> position++;
      case 'u' -> unicodeEscape();
      default -> throw bad("an unknown escape");
    }
  }

  private void unicodeEscape() {
    position++;
    char unit = hex4();
    if (Character.isLowSurrogate(unit)) {
      throw bad("half a surrogate pair");
    }
    if (Character.isHighSurrogate(unit)) {
      if (position + 2 > bytes.length || bytes[position] != '\\' || bytes[position + 1] != 'u') {
        throw bad("half a surrogate pair");
      }
      position += 2;
      if (!Character.isLowSurrogate(hex4())) {
        throw bad("half a surrogate pair");
      }
    }
  }

  private char hex4() {
    int value = 0;
    for (int i = 0; i < 4; i++) {
      int digit = Character.digit(peek(), 16);
      if (digit < 0) {
        throw bad("a bad \\u escape");
      }
      value = value << 4 | digit;
      position++;
    }
    return (char) value;
  }

  private void literal(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (peek() != text.charAt(i)) {
        throw bad("something that is no JSON value");
      }
      position++;
    }
  }

  private void number() {
    if (peek() == '-') {
      position++;
    }
    if (peek() == '0') {
      position++;
    } else {
      digits();
    }
    if (position < bytes.length && bytes[position] == '.') {
      position++;
      digits();
    }
    if (position < bytes.length && (bytes[position] == 'e' || bytes[position] == 'E')) {
      position++;
      if (peek() == '+' || peek() == '-') {
        position++;
      }
      digits();
    }
  }

  private void digits() {
    int start = position;
    while (position < bytes.length && bytes[position] >= '0' && bytes[position] <= '9') {
      position++;
    }
    if (start == position) {
      throw bad("something that is no JSON value");
    }
  }

  private void colon() {
    blanks();
    if (peek() != ':') {
      throw bad("no colon after a name");
    }
    position++;
    blanks();
  }

  /** True after a comma, false after {@code end}, which is consumed. */
  private boolean comma(char end) {
    byte b = peek();
    if (b != ',' && b != end) {
      throw bad("neither a comma nor an end");
    }
    position++;
    return b == ',';
  }

  private void blanks() {
    while (position < bytes.length) {
      if (!isBlank(bytes[position])) {
        return;
      }
      position++;
    }
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || b == '\n' || b == '\r' || b == '\t';
  }

  private byte peek() {
    if (position == bytes.length) {
      throw bad("the end too early");
    }
    return bytes[position];
  }

  private void atEnd() {
    blanks();
    if (position != bytes.length) {
      throw bad("something after the object");
    }
  }

  private Refusal bad(String what) {
    return new Refusal(ErrorCode.BAD_JSON, "found " + what + " at byte " + position);
  }

  /** The text between two positions inside a string that has been checked. */
  private String unescape(int start, int end) {
    for (int i = start; i < end; i++) {
      if (bytes[i] == '\\') {
        return unescapeSlowly(start, end);
      }
    }
    return new String(bytes, start, end - start, StandardCharsets.UTF_8);
  }

  private String unescapeSlowly(int start, int end) {
    StringBuilder text = new StringBuilder(end - start);
    int plain = start;
    int i = start;
    while (i < end) {
      if (bytes[i] != '\\') {
        i++;
        continue;
      }
      text.append(new String(bytes, plain, i - plain, StandardCharsets.UTF_8));
      byte kind = bytes[i + 1];
      if (kind == 'u') {
        text.append(
            (char) Integer.parseInt(new String(bytes, i + 2, 4, StandardCharsets.US_ASCII), 16));
        i += 6;
      } else {
        text.append(
            switch (kind) {
              case 'b' -> '\b';
              case 'f' -> '\f';
              case 'n' -> '\n';
              case 'r' -> '\r';
              case 't' -> '\t';
              default -> (char) kind;
            });
        i += 2;
      }
      plain = i;
    }
    return text.append(new String(bytes, plain, end - plain, StandardCharsets.UTF_8)).toString();
  }
}
