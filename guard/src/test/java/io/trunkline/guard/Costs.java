package io.trunkline.guard;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What each path costs, by its name. */
record Costs(Map<String, Cost> byPath) {
  private static final String HEAD =
      """
      # What one pass through each hot path costs: bytes allocated, instructions of bytecode executed
      # by our classes, and by Netty's and Vert.x's. See bench/README.md. Written by make guard-accept.
      # path                  bytes     ours  libraries
      """;

  /** Reads lines as {@link #text} writes them. */
  static Costs parse(List<String> lines) {
    Map<String, Cost> byPath = new LinkedHashMap<>();
    for (String line : lines) {
      if (!line.startsWith("#") && !line.isBlank()) {
        String[] words = line.strip().split("\\s+", -1);
        byPath.put(words[0], Cost.of(words));
      }
    }
    return new Costs(byPath);
  }

  /** Of no path where there is no such file. */
  static Costs read(Path file) throws IOException {
    return Files.exists(file) ? parse(Files.readAllLines(file)) : new Costs(Map.of());
  }

  void write(Path file) throws IOException {
    Files.writeString(file, text());
  }

  String text() {
    StringBuilder text = new StringBuilder(HEAD);
    byPath.forEach((path, cost) -> text.append(cost.line(path)).append('\n'));
    return text.toString();
  }

  /** One line for each figure that is not what {@code base} says; empty when all are. */
  List<String> changesFrom(Costs base) {
    List<String> changes = new ArrayList<>();
    Set<String> paths = new LinkedHashSet<>(base.byPath.keySet());
    paths.addAll(byPath.keySet());
    for (String path : paths) {
      Cost before = base.byPath.get(path);
      Cost now = byPath.get(path);
      if (before == null || now == null) {
        changes.add(path + (now == null ? ": is no path any more" : ": has no base line"));
      } else {
        compare(changes, path, "bytes", before.bytes(), now.bytes());
        compare(changes, path, "instructions", before.ours(), now.ours());
        compare(changes, path, "instructions in libraries", before.libraries(), now.libraries());
      }
    }
    return changes;
  }

  /**
   * These as the next base line: of a path that has not changed, {@code base} stands, so that what
   * creeps adds up.
   */
  Costs over(Costs base) {
    Map<String, Cost> next = new LinkedHashMap<>(byPath);
    next.replaceAll(
        (path, now) -> {
          Cost before = base.byPath.getOrDefault(path, now);
          return now.isLike(before) ? before : now;
        });
    return new Costs(next);
  }

  private static void compare(
      List<String> changes, String path, String what, long before, long now) {
    if (!Cost.isLike(before, now)) {
      String percent = before == 0 ? "" : ", %+d %%".formatted(100 * (now - before) / before);
      changes.add("%s: %s %d -> %d%s".formatted(path, what, before, now, percent));
    }
  }
}
