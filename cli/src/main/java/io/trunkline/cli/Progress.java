package io.trunkline.cli;

import io.trunkline.cli.load.Run;
import java.util.Locale;

/** A bar on standard error, in one line that is written over; nothing where nobody looks. */
final class Progress implements Run.Watch, AutoCloseable {
  private static final int WIDTH = 24;
  private static final String CLEAR = "\r\u001b[K";

  private final Shell shell;
  private final String name;

  Progress(Shell shell, String name) {
    this.shell = shell;
    this.name = name;
  }

  @Override
  public void see(String phase, double done, String figures) {
    if (shell.isTerminal()) {
      int full = (int) Math.round(Math.min(1, done) * WIDTH);
      String bar = "#".repeat(full) + ".".repeat(WIDTH - full);
      shell
          .err()
          .print(String.format(Locale.ROOT, "%s%s %-8s [%s] %s", CLEAR, name, phase, bar, figures));
      shell.err().flush();
    }
  }

  @Override
  public void close() {
    if (shell.isTerminal()) {
      shell.err().print(CLEAR);
      shell.err().flush();
    }
  }
}
