package io.trunkline.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(120)
class LocalPostgresTest {
  @Test
  void whatIsCommittedIsOnDisk() throws SQLException {
    try (LocalPostgres server = LocalPostgres.start()) {
      assertThat(ask(server, "show fsync")).isEqualTo("on");
      assertThat(ask(server, "show synchronous_commit")).isEqualTo("on");
      assertThat(ask(server, "show full_page_writes")).isEqualTo("on");
    }
  }

  @Test
  void committedRowsOutliveACrash() throws SQLException {
    try (LocalPostgres server = LocalPostgres.start()) {
      ask(server, "create table kept (id int); insert into kept values (7); select 1");
      long before = server.pid();
      server.stopImmediately();
      awaitEnd(before);
      server.startAgain();
      assertThat(ask(server, "select id from kept")).isEqualTo("7");
    }
  }

  @Test
  void closeLeavesNeitherProcessNorFiles() throws IOException {
    LocalPostgres server = LocalPostgres.start();
    long pid = server.pid();
    Path directory = directoryOf(pid);
    assertThat(directory).exists();
    server.close();
    awaitEnd(pid);
    assertThat(directory).doesNotExist();
    server.close();
  }

  @Test
  void killedJvmLeavesNoServer() throws Exception {
    Process jvm = jvmWithServer();
    ProcessHandle server = serverOf(jvm);
    jvm.destroyForcibly();
    awaitEnd(server.pid());
  }

  @Test
  void serverWithoutJvmAndGuardIsSweptByTheNext() throws Exception {
    Process jvm = jvmWithServer();
    ProcessHandle server = serverOf(jvm);
    List<ProcessHandle> guard = jvm.descendants().toList();
    assertThat(guard).isNotEmpty().doesNotContain(server);
    guard.forEach(ProcessHandle::destroyForcibly);
    jvm.destroyForcibly().waitFor();
    assertThat(server.isAlive()).isTrue();
    Path directory = directoryOf(server.pid());
    LocalPostgres.start().close();
    awaitEnd(server.pid());
    assertThat(directory).doesNotExist();
  }

  /** A zombie has ended, too: it has no program any more. */
  private static void awaitEnd(long pid) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (ProcessHandle.of(pid).flatMap(process -> process.info().command()).isPresent()) {
      assertThat(System.nanoTime()).as("process %d lives", pid).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  static Stream<Account> accounts() {
    return Account.candidates().stream();
  }

  /** For root there are two ways to be somebody else, and each machine may know only one. */
  @ParameterizedTest
  @MethodSource("accounts")
  void runsUnderEachAccount(Account account) throws SQLException {
    try (LocalPostgres server = LocalPostgres.start(List.of(account))) {
      assertThat(ask(server, "select 1")).isEqualTo("1");
    }
  }

  private static Process jvmWithServer() throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            ServerAlone.class.getName())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static ProcessHandle serverOf(Process jvm) throws IOException {
    BufferedReader output = jvm.inputReader();
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      if (line.startsWith("pid=")) {
        return ProcessHandle.of(Long.parseLong(line.substring(4))).orElseThrow();
      }
    }
    throw new AssertionError("the other JVM ended");
  }

  /** The run directory of a server, found without asking the code under test. */
  private static Path directoryOf(long pid) throws IOException {
    try (Stream<Path> runs = Files.list(RunDirectory.home())) {
      return runs.filter(run -> isOf(run, pid)).findFirst().orElseThrow();
    }
  }

  private static boolean isOf(Path run, long pid) {
    try {
      Path file = run.resolve("data").resolve("postmaster.pid");
      return Files.readString(file).startsWith(pid + "\n");
    } catch (IOException e) {
      return false;
    }
  }

  private static String ask(LocalPostgres server, String sql) throws SQLException {
    String jdbc = "jdbc:postgresql://127.0.0.1:" + server.port() + "/postgres?user=postgres";
    try (Connection connection = DriverManager.getConnection(jdbc);
        Statement statement = connection.createStatement()) {
      boolean rows = statement.execute(sql);
      while (!rows) {
        rows = statement.getMoreResults();
      }
      ResultSet result = statement.getResultSet();
      result.next();
      return result.getString(1);
    }
  }
}
