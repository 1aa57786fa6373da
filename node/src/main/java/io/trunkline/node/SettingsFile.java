package io.trunkline.node;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * Settings from a YAML file, nested ({@code http: {port: 1}}) or dotted ({@code http.port: 1}).
 * Refuses what is no mapping of scalars, a key given twice, and tags. Never quotes the file, which
 * may hold secrets.
 */
final class SettingsFile {
  private final String path;
  private final Map<String, String> values = new LinkedHashMap<>();

  private SettingsFile(String path) {
    this.path = path;
  }

  /** Values by setting name: {@code http.port} comes as {@code HTTP_PORT}, known or not. */
  static Map<String, String> read(String path) {
    SettingsFile file = new SettingsFile(path);
    Object root = file.parse();
    if (root != null) {
      file.add("", root);
    }
    return file.values;
  }

  private Object parse() {
    LoaderOptions options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    try (Reader reader = Files.newBufferedReader(Path.of(path))) {
      return new Yaml(new SafeConstructor(options)).load(reader);
    } catch (MarkedYAMLException bad) {
      int line = bad.getProblemMark() == null ? 0 : bad.getProblemMark().getLine() + 1;
      throw bad(" at line " + line, "YAML with each key once");
    } catch (YAMLException bad) {
      throw bad("", "YAML");
    } catch (IOException | RuntimeException unreadable) {
      throw bad("", "a readable file");
    }
  }

  private void add(String name, Object value) {
    if (value instanceof Map<?, ?> map) {
      String prefix = name.isEmpty() ? "" : name + "_";
      map.forEach((key, inner) -> add(prefix + normal(String.valueOf(key)), inner));
    } else if (name.isEmpty()) {
      throw bad("", "a mapping of keys to values");
    } else if (values.put(name, text(name, value)) != null) {
      throw bad(" with " + shown(name) + " twice", "each key once");
    }
  }

  private String text(String name, Object value) {
    if (value == null) {
      return "";
    }
    if (value instanceof List<?> list) {
      return list.stream().map(element -> text(name, element)).collect(Collectors.joining(","));
    }
    if (value instanceof Map<?, ?>) {
      throw bad(" with a mapping in " + shown(name), "a list of values");
    }
    return value.toString();
  }

  private static String normal(String key) {
    return key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }

  /** A name as it is written in a file. */
  static String shown(String name) {
    return name.toLowerCase(Locale.ROOT).replace('_', '.');
  }

  private BadSetting bad(String where, String expected) {
    return new BadSetting("settings file '" + path + "'" + where + ", expected " + expected);
  }
}
