package io.trunkline.postgres;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The programs of Postgres, unpacked, and the account that runs them. */
record Tools(Path bin, Account account) {
  /** Generous for initdb on a slow disk; pg_ctl gives up by itself after 60 s. */
  private static final long TIMEOUT_SECONDS = 90;

  static Tools unpacked(Path home, List<Account> accounts) throws IOException {
    Path bin = Archive.find().unpackInto(home).resolve("bin");
    for (Account account : accounts) {
      if (account.canRun(bin.resolve("postgres"))) {
        return new Tools(bin, account);
      }
    }
    throw new IOException(
        "Postgres in "
            + bin
            + " cannot be run as "
            + System.getProperty("user.name")
            + "; it never runs as root, who needs unshare or setpriv here");
  }

  /** Runs {@code program} on the data in {@code directory}; a failure shows what it had to say. */
  void run(String program, RunDirectory directory, List<String> arguments) {
    List<String> command = new ArrayList<>(List.of(bin.resolve(program).toString()));
    command.add("--pgdata=" + directory.data());
    command.addAll(arguments);
    File output = directory.output().toFile();
    try {
      Process process =
          new ProcessBuilder(account.command(command))
              .directory(directory.path().toFile())
              .redirectErrorStream(true)
              .redirectOutput(output)
              .start();
      if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IllegalStateException(program + " did not end in " + TIMEOUT_SECONDS + " s");
      }
      if (process.exitValue() != 0) {
        throw new IllegalStateException(program + " failed: " + said(directory));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static String said(RunDirectory directory) throws IOException {
    String text = Files.readString(directory.output());
    return Files.exists(directory.log()) ? text + Files.readString(directory.log()) : text;
  }
}
