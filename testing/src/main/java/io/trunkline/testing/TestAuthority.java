package io.trunkline.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A certificate authority for one test, by the JDK's keytool: real certificates, for 127.0.0.1 and
 * localhost, in PEM files under a directory of the caller's.
 */
public final class TestAuthority {
  private static final String PASSWORD = "for this test";
  private static final String CA = "ca";

  private final Path directory;
  private final Path store;
  private int issued;

  /**
   * What a server or a client gets.
   *
   * @param certificate with the authority's behind it
   */
  public record Issued(Path certificate, Path key) {
    /** Puts these files where {@code other}'s are, the certificate first. */
    public void replace(Issued other) {
      try {
        Files.write(other.certificate, Files.readAllBytes(certificate));
        Files.write(other.key, Files.readAllBytes(key));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  public TestAuthority(Path directory) {
    this.directory = directory;
    this.store = directory.resolve(CA + ".p12");
    keytool("-genkeypair", "-alias", CA, "-dname", "CN=authority", "-ext", "bc:c", "-keyalg", "EC");
  }

  /** PEM of the authority's own certificate. */
  public Path certificate() {
    try {
      return pem(CA + ".pem", List.of(open().getCertificate(CA)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** For clients that trust this authority. */
  public KeyStore trust() {
    try {
      KeyStore trust = KeyStore.getInstance("PKCS12");
      trust.load(null, null);
      trust.setCertificateEntry(CA, open().getCertificate(CA));
      return trust;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  public Issued issue(String name) {
    String alias = name + ++issued;
    keytool("-genkeypair", "-alias", alias, "-dname", "CN=" + name, "-keyalg", "EC");
    Path request = directory.resolve(alias + ".csr");
    Path signed = directory.resolve(alias + ".crt");
    keytool("-certreq", "-alias", alias, "-file", request.toString());
    keytool(
        "-gencert",
        "-alias",
        CA,
        "-infile",
        request.toString(),
        "-outfile",
        signed.toString(),
        "-ext",
        "san=ip:127.0.0.1,dns:localhost",
        "-ext",
        "eku=serverAuth,clientAuth");
    keytool("-importcert", "-noprompt", "-alias", alias, "-file", signed.toString());
    try {
      KeyStore keys = open();
      Path certificate = pem(alias + ".pem", List.of(keys.getCertificateChain(alias)));
      byte[] key = keys.getKey(alias, PASSWORD.toCharArray()).getEncoded();
      Path keyFile = directory.resolve(alias + ".key.pem");
      return new Issued(certificate, Files.writeString(keyFile, block("PRIVATE KEY", key)));
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private KeyStore open() {
    try {
      return KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private Path pem(String file, List<Certificate> certificates) throws GeneralSecurityException {
    StringBuilder text = new StringBuilder();
    for (Certificate certificate : certificates) {
      text.append(block("CERTIFICATE", certificate.getEncoded()));
    }
    try {
      return Files.writeString(directory.resolve(file), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String block(String kind, byte[] der) {
    byte[] newline = {'\n'};
    String body = Base64.getMimeEncoder(64, newline).encodeToString(der);
    return "-----BEGIN " + kind + "-----\n" + body + "\n-----END " + kind + "-----\n";
  }

  private void keytool(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(arguments));
    command.addAll(
        List.of("-keystore", store.toString(), "-storepass", PASSWORD, "-storetype", "PKCS12"));
    if (!command.contains("-importcert") && !command.contains("-certreq")) {
      command.addAll(List.of("-validity", "2"));
    }
    try {
      Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
      byte[] said = keytool.getInputStream().readAllBytes();
      if (!keytool.waitFor(30, TimeUnit.SECONDS) || keytool.exitValue() != 0) {
        throw new AssertionError("keytool: " + new String(said, StandardCharsets.UTF_8));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
