package io.trunkline.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The settings in force for one process: the environment wins over the YAML file, and that over the
 * defaults of {@link Key}. Each value that this process reads has been checked against its key's
 * kind. What only the other process reads is let pass unread, as one file may serve both. Refuses
 * unknown keys.
 */
public final class Settings {
  private static final String FILE_SUFFIX = "_FILE";

  /** Named like settings, and none of ours: where the file is, and what tests need. */
  private static final String CONFIG = Key.VARIABLE_PREFIX + "CONFIG";

  private static final String TEST_PREFIX = Key.VARIABLE_PREFIX + "TEST_";

  private static final String MASK = "********";

  private final Role role;
  private final Map<Key, String> values = new EnumMap<>(Key.class);

  private Settings(Role role) {
    this.role = role;
  }

  /**
   * Reads what {@code role} needs.
   *
   * @throws BadSetting for an unknown key or a bad value
   */
  public static Settings load(Role role, String[] args, Map<String, String> environment) {
    return load(role, Arguments.parse(args), environment);
  }

  static Settings load(Role role, Arguments arguments, Map<String, String> environment) {
    Settings settings = new Settings(role);
    String file = arguments.config() != null ? arguments.config() : environment.get(CONFIG);
    if (file != null && !file.isEmpty()) {
      settings.addFile(file);
    }
    settings.addEnvironment(environment);
    settings.check();
    return settings;
  }

  /** The value, or the default; null where there is neither, or nothing but blanks. */
  public String text(Key key) {
    String value = values.getOrDefault(key, key.absent());
    return value == null || value.isBlank() ? null : value;
  }

  /**
   * The value of a setting without which the process cannot start.
   *
   * @throws BadSetting when it is not set
   */
  public String required(Key key) {
    String value = text(key);
    if (value == null) {
      throw BadSetting.missing(key);
    }
    return value;
  }

  /** The value or the default of a key that takes whole numbers and has a default. */
  public int integer(Key key) {
    return Integer.parseInt(required(key));
  }

  /** The value of a key that takes whole numbers, or {@code absent}. */
  public int integer(Key key, int absent) {
    String value = text(key);
    return value == null ? absent : Integer.parseInt(value);
  }

  /** The value or the default of a key that takes true or false. */
  public boolean bool(Key key) {
    return Boolean.parseBoolean(required(key));
  }

  /** The elements between commas, without blanks around them; empty where nothing is set. */
  public List<String> list(Key key) {
    String value = text(key);
    return value == null
        ? List.of()
        : Stream.of(value.split(",")).map(String::strip).filter(s -> !s.isEmpty()).toList();
  }

  /** What is in force for this process, as YAML, secrets masked. */
  String print() {
    StringBuilder out = new StringBuilder();
    for (Key key : Key.values()) {
      String value = text(key);
      if (key.isFor(role) && value != null) {
        String shown = key.secret() ? MASK : value;
        out.append(key.yaml()).append(": ").append(quoted(shown)).append('\n');
      }
    }
    return out.toString();
  }

  private void addFile(String file) {
    Map<String, String> found = SettingsFile.read(file);
    Function<String, String> shown =
        name -> "key " + SettingsFile.shown(name) + " in '" + file + "'";
    found.forEach((name, value) -> add(name, value, found, shown));
  }

  private void addEnvironment(Map<String, String> environment) {
    Map<String, String> found = new TreeMap<>();
    environment.forEach(
        (variable, value) -> {
          if (variable.startsWith(Key.VARIABLE_PREFIX)
              && !variable.equals(CONFIG)
              && !variable.startsWith(TEST_PREFIX)) {
            found.put(variable.substring(Key.VARIABLE_PREFIX.length()), value);
          }
        });
    found.forEach((name, value) -> add(name, value, found, n -> Key.VARIABLE_PREFIX + n));
  }

  private void add(
      String name, String value, Map<String, String> source, Function<String, String> shown) {
    Key key = Key.named(name);
    if (key != null) {
      values.put(key, value);
      return;
    }
    key = name.endsWith(FILE_SUFFIX) ? Key.named(withoutSuffix(name)) : null;
    if (key == null) {
      throw Unknown.setting(shown.apply(name), name, value);
    }
    if (source.containsKey(key.name())) {
      throw new BadSetting(
          shown.apply(name)
              + " is set beside "
              + shown.apply(key.name())
              + ", expected one of them");
    }
    if (key.isFor(role)) {
      values.put(key, contents(key, value));
    }
  }

  private static String withoutSuffix(String name) {
    return name.substring(0, name.length() - FILE_SUFFIX.length());
  }

  private static String contents(Key key, String file) {
    try {
      return Files.readString(Path.of(file)).replaceFirst("\\R+\\z", "");
    } catch (IOException | RuntimeException unreadable) {
      throw new BadSetting(
          key.variable() + FILE_SUFFIX + " is '" + file + "', expected a readable file");
    }
  }

  private void check() {
    values.forEach(
        (key, value) -> {
          boolean unset = value.isEmpty() && (key.absent() == null || key.absent().isEmpty());
          if (key.isFor(role) && !unset && !key.accepts(value)) {
            throw BadSetting.of(key, value);
          }
        });
  }

  private static String quoted(String value) {
    boolean plain = value.matches("[A-Za-z0-9][A-Za-z0-9._/-]*");
    return plain ? value : "'" + value.replace("'", "''") + "'";
  }
}
