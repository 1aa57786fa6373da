package io.trunkline.bench;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Writes a series into a directory: its figures, its plot, and a page with both. */
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

  void write(ScaleSeries series) throws IOException {
    JsonObject figures =
        new JsonObject()
            .put("written", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString())
            .put("commit", commit)
            .put("arguments", arguments)
            .put("processors", Runtime.getRuntime().availableProcessors())
            .put("java", Runtime.version().toString())
            .put("series", series.json());
    String name = series.name();
    Files.writeString(directory.resolve(name + ".svg"), series.svg());
    Files.writeString(directory.resolve(name + ".json"), figures.encodePrettily() + "\n");
    String page = series.markdown(about(name)).stripTrailing() + "\n";
    Files.writeString(directory.resolve(name + ".md"), page);
  }

  private String about(String name) {
    return """
        Written by `make bench-scale SCALE_ARGS="%s"`, commit `%s`, JDK %d, %d cores; the figures are
        in [%s.json](%s.json), what was measured how in [bench](../../bench/README.md). CPU time of
        all processes of a kind together, in µs for each message that came to its reader, less what
        they take at rest."""
        .formatted(
            arguments,
            commit,
            Runtime.version().feature(),
            Runtime.getRuntime().availableProcessors(),
            name,
            name);
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
