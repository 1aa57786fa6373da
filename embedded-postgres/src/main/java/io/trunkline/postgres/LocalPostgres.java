package io.trunkline.postgres;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A Postgres with an empty data directory, on a free port of 127.0.0.1. What it commits is on disk:
 * fsync and its relatives are on. It ends, and its files go, with {@link #close} or with the JVM,
 * SIGKILL included. Blocks, so never on an event loop.
 *
 * <p>Needs a POSIX shell; as root also {@code unshare} or {@code setpriv}, since Postgres refuses
 * to run as root. Anyone on this machine may connect: not for data that matters.
 */
public final class LocalPostgres implements AutoCloseable {
  private static final String SUPERUSER = "postgres";

  /** The pools of a whole cluster, with room for those that look on. */
  private static final int MAX_CONNECTIONS = 200;

  /** A port can be taken between being found free and being listened on. */
  private static final int ATTEMPTS = 3;

  private final Tools tools;
  private final RunDirectory directory;
  private final int port;

  private LocalPostgres(Tools tools, RunDirectory directory, int port) {
    this.tools = tools;
    this.directory = directory;
    this.port = port;
  }

  /** Starts one, with files under {@code java.io.tmpdir}. */
  public static LocalPostgres start() {
    return start(Account.candidates());
  }

  static LocalPostgres start(List<Account> accounts) {
    try {
      Path home = RunDirectory.home();
      RunDirectory.sweep(home);
      Tools tools = Tools.unpacked(home, accounts);
      for (int attempt = 1; ; attempt++) {
        RunDirectory directory = RunDirectory.create(home, tools.account());
        try {
          return startIn(directory, tools);
        } catch (IllegalStateException e) {
          directory.end();
          if (attempt == ATTEMPTS) {
            throw e;
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("no embedded Postgres could be started", e);
    }
  }

  private static LocalPostgres startIn(RunDirectory directory, Tools tools) throws IOException {
    LocalPostgres server = new LocalPostgres(tools, directory, FreePorts.one());
    tools.run("initdb", directory, server.initialSettings());
    server.startAgain();
    return server;
  }

  private List<String> initialSettings() {
    List<String> arguments =
        new ArrayList<>(List.of("--auth=trust", "--username=" + SUPERUSER, "--encoding=UTF8"));
    arguments.addAll(List.of("--locale-provider=builtin", "--builtin-locale=C.UTF-8"));
    arguments.addAll(List.of("--locale=C", "--no-sync", "--no-instructions"));
    settings().forEach(setting -> arguments.addAll(List.of("-c", setting)));
    return arguments;
  }

  private List<String> settings() {
    return List.of(
        "port=" + port,
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=",
        "max_connections=" + MAX_CONNECTIONS,
        "fsync=on",
        "synchronous_commit=on",
        "full_page_writes=on",
        "timezone=UTC");
  }

  /** A URL with user and password for {@code database}; {@code postgres} is always there. */
  public String url(String database) {
    return "postgresql://" + SUPERUSER + ":" + SUPERUSER + "@127.0.0.1:" + port + "/" + database;
  }

  public int port() {
    return port;
  }

  /** The process that all others of this server descend from; fails when the server is stopped. */
  public long pid() {
    return directory.postmaster().orElseThrow(() -> new IllegalStateException("not running"));
  }

  /** Stops it as a crash does, what was committed aside; the files stay. */
  public void stopImmediately() {
    tools.run("pg_ctl", directory, List.of("stop", "--mode=immediate", "--wait"));
  }

  /**
   * Starts it on the same port and files after {@link #stopImmediately}; returns when it answers.
   */
  public void startAgain() {
    tools.run("pg_ctl", directory, List.of("start", "--wait", "--log=" + directory.log()));
  }

  /** Ends it and deletes its files. Returns when no process of it is left. */
  @Override
  public void close() {
    directory.end();
  }
}
