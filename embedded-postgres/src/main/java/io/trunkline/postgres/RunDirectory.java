package io.trunkline.postgres;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * The files of one server, under a lock as long as its JVM lives, with a {@link Guard} that ends
 * the server and deletes the files when that JVM is gone. Should the guard be killed as well, the
 * next JVM sweeps up.
 */
final class RunDirectory {
  private static final String PREFIX = "run-";

  /**
   * Those of this JVM, until their end. Held here, as a server must not end when whoever started it
   * keeps only its URL: collected as garbage, lock and guard would let go. And their lock files
   * must not be opened again: closing any channel of a file lets go of all locks that the process
   * has on it, and other JVMs would sweep them.
   */
  private static final Map<Path, RunDirectory> OURS = new ConcurrentHashMap<>();

  private final Path path;
  private final Guard guard;

  /** Open, and with it locked, until the end. */
  private final FileChannel lock;

  private RunDirectory(Path path, FileChannel lock) throws IOException {
    this.path = path;
    this.lock = lock;
    this.guard = Guard.over(path);
  }

  /** Our own directory among the temporary files; nobody else can have put programs there. */
  static Path home() throws IOException {
    Path tmp = Path.of(System.getProperty("java.io.tmpdir"));
    Path home = tmp.resolve("trunkline-postgres-" + System.getProperty("user.name"));
    if (!Files.exists(home)) {
      Files.createDirectories(home);
    }
    Path mine = Files.createTempFile(home, "owner-", "");
    boolean ours = Files.getOwner(mine).equals(Files.getOwner(home)) && !Files.isSymbolicLink(home);
    Files.delete(mine);
    if (!ours) {
      throw new IOException(home + " belongs to somebody else");
    }
    Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
    return home;
  }

  static RunDirectory create(Path home, Account account) throws IOException {
    Path unlocked = Files.createTempDirectory(home, "new-");
    FileChannel lock = openLock(unlocked);
    if (lock == null) {
      throw new IOException("a new directory is locked: " + unlocked);
    }
    // Only a locked directory gets a name that others sweep.
    Path path = home.resolve(PREFIX + unlocked.getFileName());
    RunDirectory directory = new RunDirectory(path, lock);
    OURS.put(path, directory);
    Files.move(unlocked, path);
    account.own(path);
    return directory;
  }

  /** Ends and deletes what JVMs left behind that are no more. */
  static void sweep(Path home) throws IOException {
    List<Path> runs;
    try (Stream<Path> children = Files.list(home)) {
      runs =
          children
              .filter(child -> child.getFileName().toString().startsWith(PREFIX))
              .filter(child -> !OURS.containsKey(child))
              .toList();
    }
    for (Path run : runs) {
      FileChannel lock = openLock(run);
      if (lock != null) {
        forgetStrangers(run);
        new RunDirectory(run, lock).end();
      }
    }
  }

  /** A pid of before the last boot may be anybody's by now. */
  private static void forgetStrangers(Path run) throws IOException {
    boolean postgres =
        postmaster(run)
            .flatMap(ProcessHandle::of)
            .flatMap(process -> process.info().command())
            .filter(command -> command.endsWith("postgres"))
            .isPresent();
    if (!postgres) {
      Files.deleteIfExists(run.resolve("data").resolve("postmaster.pid"));
    }
  }

  /** Null when a JVM that lives has the lock, or the directory is just being made or deleted. */
  private static FileChannel openLock(Path run) {
    try {
      FileChannel channel =
          FileChannel.open(
              run.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (channel.tryLock() != null) {
        return channel;
      }
      channel.close();
      return null;
    } catch (IOException | OverlappingFileLockException e) {
      return null;
    }
  }

  Path path() {
    return path;
  }

  Path data() {
    return path.resolve("data");
  }

  /** What the server logs. */
  Path log() {
    return path.resolve("log");
  }

  /** What the program that ran last had to say. */
  Path output() {
    return path.resolve("output");
  }

  Optional<Long> postmaster() {
    return postmaster(path);
  }

  private static Optional<Long> postmaster(Path run) {
    try {
      List<String> lines = Files.readAllLines(run.resolve("data").resolve("postmaster.pid"));
      return lines.stream().findFirst().map(String::strip).map(Long::valueOf);
    } catch (IOException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** Ends the server and deletes all of it; again is fine. */
  void end() {
    guard.end();
    try {
      lock.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    OURS.remove(path);
  }

  static void delete(Path tree) throws IOException {
    List<Path> paths;
    try (Stream<Path> walk = Files.walk(tree)) {
      paths = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : paths) {
      Files.delete(path);
    }
  }
}
