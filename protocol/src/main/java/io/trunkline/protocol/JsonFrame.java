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
  /** Containers that may be open at once, the outer object included. */
  public static final int MAX_DEPTH = JsonScanner.MAX_DEPTH;

  /** Fields at the top level; a frame of the protocol has at most a handful. */
  public static final int MAX_FIELDS = 64;

  private static final int INTS_PER_FIELD = 4;

  /** Room for what a writer adds to a copied field: its name, and the time. */
  private static final int MORE_FIELDS = 64;

  private final byte[] bytes;
  private final JsonScanner scanner;

  /** For each field: name start and end (inside the quotes), value start and end. */
  private int[] fields = new int[8 * INTS_PER_FIELD];

  private int fieldCount;

  private JsonFrame(byte[] bytes) {
    this.bytes = bytes;
    this.scanner = new JsonScanner(bytes);
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
    return scanner.text(fields[at + 2] + 1, fields[at + 3] - 1);
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
   * What {@code head} has so far, as {@link FrameWriter#open} left it, and this field as it came.
   *
   * @throws Refusal {@code bad_request} when the field is absent
   */
  FrameWriter copyRaw(String name, byte[] head) {
    int at = find(name);
    if (at < 0) {
      throw Refusal.badRequest(name + ": missing");
    }
    int start = fields[at + 2];
    int count = fields[at + 3] - start;
    return FrameWriter.resume(head, count + MORE_FIELDS).raw(name, bytes, start, count);
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
      values.add(scanner.text(i + 1, close));
      i = close + 1;
    }
    return values;
  }

  /** The syntax has been checked, so whatever is neither blank nor comma begins a value. */
  private int nextElement(int from, int end) {
    int i = from;
    while (i < end && (bytes[i] == ',' || JsonScanner.isBlank(bytes[i]))) {
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
          default -> expected.contains("number") ? "another number" : "a number";
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
    int end = fields[at + 1];
    if (needsDecoding(start, end)) {
      return scanner.text(start, end).equals(name);
    }
    if (end - start != name.length()) {
      return false;
    }
    for (int i = start; i < end; i++) {
      if (bytes[i] != name.charAt(i - start)) {
        return false;
      }
    }
    return true;
  }

  /** Whether its characters are others than its bytes. */
  private boolean needsDecoding(int start, int end) {
    for (int i = start; i < end; i++) {
      if (bytes[i] == '\\' || bytes[i] < 0) {
        return true;
      }
    }
    return false;
  }

  private void parseObject() {
    scanner.blanks();
    if (scanner.isAtEnd()) {
      throw scanner.bad("an empty frame");
    }
    if (scanner.peek() != '{') {
      scanner.skipValue(1);
      scanner.atEnd();
      throw new Refusal(ErrorCode.BAD_JSON, "expected a JSON object");
    }
    scanner.advance();
    scanner.blanks();
    if (scanner.peek() == '}') {
      scanner.advance();
    } else {
      do {
        field();
        scanner.blanks();
      } while (scanner.comma('}'));
    }
    scanner.atEnd();
  }

  private void field() {
    scanner.blanks();
    int nameStart = scanner.position() + 1;
    scanner.skipString();
    int nameEnd = scanner.position() - 1;
    scanner.colon();
    int valueStart = scanner.position();
    scanner.skipValue(2);
    addField(nameStart, nameEnd, valueStart, scanner.position());
  }

  private void addField(int nameStart, int nameEnd, int valueStart, int valueEnd) {
    if (fieldCount == MAX_FIELDS) {
      throw scanner.bad("more than " + MAX_FIELDS + " fields");
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
    boolean decode = needsDecoding(fields[at], fields[at + 1]);
    for (int other = 0; other < at; other += INTS_PER_FIELD) {
      boolean same =
          (decode || needsDecoding(fields[other], fields[other + 1]))
              ? scanner
                  .text(fields[at], fields[at + 1])
                  .equals(scanner.text(fields[other], fields[other + 1]))
              : Arrays.equals(
                  bytes, fields[at], fields[at + 1], bytes, fields[other], fields[other + 1]);
      if (same) {
        throw scanner.bad("a field that stands twice");
      }
    }
  }
}
