package io.trunkline.cli.load;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What a figure was measured on; figures of different machines do not compare. */
public final class Machine {
  private Machine() {}

  public static JsonObject describe() {
    return new JsonObject()
        .put("processors", Runtime.getRuntime().availableProcessors())
        .put("processor", field(Path.of("/proc/cpuinfo"), "model name"))
        .put("memory", field(Path.of("/proc/meminfo"), "MemTotal"))
        .put("system", System.getProperty("os.name") + " " + System.getProperty("os.version"))
        .put("java", System.getProperty("java.vm.name") + " " + Runtime.version());
  }

  /** Processes that ran or wanted to, over 1, 5 and 15 minutes; empty where nobody says. */
  public static String load() {
    try {
      String[] words = Files.readString(Path.of("/proc/loadavg")).split(" ");
      return String.join(" ", List.of(words).subList(0, 3));
    } catch (IOException e) {
      return "";
    }
  }

  private static String field(Path file, String name) {
    try {
      return Files.readAllLines(file).stream()
          .filter(line -> line.startsWith(name))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("");
    } catch (IOException e) {
      return "";
    }
  }
}
