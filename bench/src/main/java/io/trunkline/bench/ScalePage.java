package io.trunkline.bench;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** Writes series into a directory: {@code figures.json}, {@code README.md}, a plot for each. */
final class ScalePage {
  private final Path directory;
  private final String arguments;
  private final String commit;

  ScalePage(Path directory, String arguments) throws IOException, InterruptedException {
    this.directory = directory;
    this.arguments = arguments;
    this.commit = ShortSet.commit();
    Files.createDirectories(directory);
  }

  void write(List<ScaleSeries> all) throws IOException {
    JsonObject series = new JsonObject();
    StringBuilder page = new StringBuilder("# How costs grow\n\n").append(about()).append("\n\n");
    for (ScaleSeries one : all) {
      series.put(one.name(), one.json());
      Files.writeString(directory.resolve(one.name() + ".svg"), one.svg());
      page.append(one.markdown());
    }
    JsonObject figures =
        new JsonObject()
            .put("written", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString())
            .put("commit", commit)
            .put("arguments", arguments)
            .put("processors", Runtime.getRuntime().availableProcessors())
            .put("java", Runtime.version().toString())
            .put("series", series);
    Files.writeString(directory.resolve("figures.json"), figures.encodePrettily() + "\n");
    Files.writeString(directory.resolve("README.md"), page.toString().stripTrailing() + "\n");
  }

  private String about() {
    return """
        Written by `make bench-scale SCALE_ARGS="%s"`, commit `%s`, JDK %d, %d cores; the figures are
        in [figures.json](figures.json), what was measured how in [bench](../../bench/README.md). CPU
        time of all processes of a kind together, in µs for each message that came to its reader, less
        what they take at rest."""
        .formatted(
            arguments,
            commit,
            Runtime.version().feature(),
            Runtime.getRuntime().availableProcessors());
  }

  /** Processes that ran or wanted to, over 1, 5 and 15 minutes; empty where nobody says. */
  static String load() {
    try {
      return Files.readString(Path.of("/proc/loadavg")).replaceAll("( \\S+){2}\\s*$", "");
    } catch (IOException e) {
      return "";
    }
  }
}
