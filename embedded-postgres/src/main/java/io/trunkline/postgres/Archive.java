package io.trunkline.postgres;

import io.zonky.test.db.postgres.util.ArchUtils;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/** The Postgres for this platform as the jar of binaries holds it. */
final class Archive {
  private static final String PROGRAM = "rwxr-xr-x";
  private static final String FILE = "rw-r--r--";

  private final String name;
  private final URL url;

  private Archive(String name, URL url) {
    this.name = name;
    this.url = url;
  }

  static Archive find() throws IOException {
    boolean mac = System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("mac");
    String platform = mac ? "darwin" : "linux";
    String name = "postgres-" + platform + "-" + ArchUtils.normalize(System.getProperty("os.arch"));
    URL url = Archive.class.getResource("/" + name + ".txz");
    if (url == null) {
      throw new IOException("no " + name + ".txz on the class path");
    }
    return new Archive(name, url);
  }

  /**
   * Unpacks it below {@code home}, unless that has been done. Whole or not at all, also when
   * several processes do it at once.
   */
  Path unpackInto(Path home) throws IOException {
    Path target = home.resolve(name + "-" + url.openConnection().getContentLengthLong());
    if (Files.exists(target)) {
      return target;
    }
    Path unfinished = Files.createTempDirectory(home, "unpacking-");
    unpack(unfinished);
    Files.setPosixFilePermissions(unfinished, PosixFilePermissions.fromString(PROGRAM));
    try {
      return Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileSystemException e) {
      RunDirectory.delete(unfinished);
      if (!Files.exists(target)) {
        throw e;
      }
      return target;
    }
  }

  private void unpack(Path target) throws IOException {
    try (InputStream packed = new BufferedInputStream(url.openStream());
        TarArchiveInputStream tar = new TarArchiveInputStream(new XZInputStream(packed))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        unpack(tar, entry, target.resolve(entry.getName()).normalize());
      }
    }
  }

  private static void unpack(TarArchiveInputStream tar, TarArchiveEntry entry, Path path)
      throws IOException {
    if (entry.isDirectory()) {
      directory(path);
      return;
    }
    directory(path.getParent());
    if (entry.isSymbolicLink()) {
      Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
    } else {
      Files.copy(tar, path);
      boolean program = path.getParent().endsWith("bin");
      Files.setPosixFilePermissions(
          path, PosixFilePermissions.fromString(program ? PROGRAM : FILE));
    }
  }

  /** For everyone to read, whatever our umask: the server may run as somebody else. */
  private static void directory(Path path) throws IOException {
    if (!Files.exists(path)) {
      directory(path.getParent());
      Files.createDirectory(path);
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(PROGRAM));
    }
  }
}
