package io.trunkline.protocol;

import java.nio.charset.StandardCharsets;

/**
 * Walks over JSON (RFC 8259) byte by byte and checks it on the way. It builds nothing; whoever uses
 * it remembers positions and asks for the {@link #text} between two of them. The bytes must be
 * valid UTF-8 already.
 */
final class JsonScanner {
  /** Containers that may be open at once; one bit each in a long. */
  static final int MAX_DEPTH = 64;

  private final byte[] bytes;
  private int position;

  JsonScanner(byte[] bytes) {
    this.bytes = bytes;
  }

  /** The next byte that will be looked at. */
  int position() {
    return position;
  }

  boolean isAtEnd() {
    return position == bytes.length;
  }

  /** Goes past the byte that {@link #peek} has shown. */
  void advance() {
    position++;
  }

  /** Skips one value whose own container, if it is one, is at {@code depth}. */
  void skipValue(int depth) {
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

  void skipString() {
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

  void colon() {
    blanks();
    if (peek() != ':') {
      throw bad("no colon after a name");
    }
    position++;
    blanks();
  }

  /** True after a comma, false after {@code end}, which is consumed. */
  boolean comma(char end) {
    byte b = peek();
    if (b != ',' && b != end) {
      throw bad("neither a comma nor an end");
    }
    position++;
    return b == ',';
  }

  void blanks() {
    while (position < bytes.length) {
      if (!isBlank(bytes[position])) {
        return;
      }
      position++;
    }
  }

  static boolean isBlank(byte b) {
    return b == ' ' || b == '\n' || b == '\r' || b == '\t';
  }

  byte peek() {
    if (position == bytes.length) {
      throw bad("the end too early");
    }
    return bytes[position];
  }

  void atEnd() {
    blanks();
    if (position != bytes.length) {
      throw bad("something after the object");
    }
  }

  Refusal bad(String what) {
    return new Refusal(ErrorCode.BAD_JSON, "found " + what + " at byte " + position);
  }

  /** The text between two positions inside a string that has been checked. */
  String text(int start, int end) {
    for (int i = start; i < end; i++) {
      if (bytes[i] == '\\') {
        return textWithEscapes(start, end);
      }
    }
    return new String(bytes, start, end - start, StandardCharsets.UTF_8);
  }

  private String textWithEscapes(int start, int end) {
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
