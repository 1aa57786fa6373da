package io.trunkline.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * The bearer key of the server API. Not an option: command lines are seen by everybody on a
 * machine.
 *
 * @param value never shown
 * @param source what was asked for it, for messages
 */
public record ApiKey(String value, String source) {
  public ApiKey {
    if (!isToken(value)) {
      throw new Failure(Exit.BAD_SETTING, source + ": expected visible ASCII without blanks");
    }
  }

  /** What may stand in a header; anything else would be shown by who refuses to send it. */
  static boolean isToken(String text) {
    return !text.isEmpty() && text.chars().allMatch(c -> c > ' ' && c < 0x7f);
  }

  private static final String VARIABLE = "TRUNKLINE_API_KEY";
  private static final String FILE_VARIABLE = VARIABLE + "_FILE";

  static ApiKey read(Shell shell, String keyFile) {
    if (keyFile != null) {
      return new ApiKey(first(content("--key-file", keyFile)), "--key-file " + keyFile);
    }
    String value = shell.variables().get(VARIABLE);
    if (value != null && !value.isBlank()) {
      return new ApiKey(first(value), VARIABLE);
    }
    String file = shell.variables().get(FILE_VARIABLE);
    if (file != null && !file.isBlank()) {
      return new ApiKey(first(content(FILE_VARIABLE, file)), FILE_VARIABLE + "=" + file);
    }
    throw new Failure(
        Exit.BAD_SETTING,
        "no API key: set " + VARIABLE + " or " + FILE_VARIABLE + ", or give --key-file");
  }

  /** A gateway's setting may have several, by commas, and any of them opens it. */
  private static String first(String keys) {
    return Stream.of(keys.split(","))
        .map(String::strip)
        .filter(key -> !key.isEmpty())
        .findFirst()
        .orElse("");
  }

  /** A secret in a file, without the blanks around it. */
  static String content(String option, String file) {
    try {
      String value = Files.readString(Path.of(file)).strip();
      if (value.isEmpty()) {
        throw new Failure(Exit.BAD_SETTING, option + ": nothing in " + shown(file));
      }
      return value;
    } catch (IOException | IllegalArgumentException e) {
      throw new Failure(Exit.BAD_SETTING, option + ": cannot read " + shown(file));
    }
  }

  /** What is no path may be the secret itself, given in the wrong place. */
  private static String shown(String file) {
    try {
      Path directory = Path.of(file).getParent();
      return directory != null && Files.isDirectory(directory) ? file : "the file that it names";
    } catch (IllegalArgumentException e) {
      return "the file that it names";
    }
  }

  @Override
  public String toString() {
    return "ApiKey[" + source + "]";
  }
}
