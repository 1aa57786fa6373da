package io.trunkline.postgres;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A shell that waits for its standard input to end, which happens when we close it and when our JVM
 * dies, however; then it stops the server and deletes its files. It ignores Ctrl-C, which the
 * terminal sends to it as well. That the server has ended it sees by the file that the server
 * deletes last: the process itself may stay a zombie in a container whose init reaps nobody.
 */
final class Guard {
  private static final String SCRIPT =
      """
      trap '' INT HUP TERM
      cat > /dev/null
      file="$1/data/postmaster.pid"
      pid=$(head -n 1 "$file")
      if [ -n "$pid" ]; then
        kill -QUIT "$pid"
        tries=0
        while [ -f "$file" ] && kill -0 "$pid" && [ $tries -lt 100 ]; do
          sleep 0.05
          tries=$((tries + 1))
        done
        [ -f "$file" ] && kill -KILL "$pid"
      fi
      rm -rf "$1"
      """;

  /** The script's 5 s of patience with the server, and some for the files. */
  private static final long TIMEOUT_SECONDS = 10;

  private final Process process;

  private Guard(Process process) {
    this.process = process;
  }

  static Guard over(Path directory) throws IOException {
    List<String> command = List.of("sh", "-c", SCRIPT, "postgres-guard", directory.toString());
    return new Guard(
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start());
  }

  /** Does it now. Returns when it is done. */
  void end() {
    try {
      process.getOutputStream().close();
      if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("Postgres does not end, pid of its guard " + process.pid());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
