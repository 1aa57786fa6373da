package io.trunkline.node;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.PemKeyCertOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import javax.net.ssl.X509KeyManager;

/**
 * A certificate chain and its private key, as two PEM files held them when they were read, found to
 * belong together.
 */
public final class Credentials {
  private static final byte[] PROBE = {1, 2, 3};

  private final Path certificateFile;
  private final Path keyFile;
  private final byte[] chain;
  private final byte[] key;
  private final X509Certificate certificate;

  private Credentials(
      Path certificateFile, Path keyFile, byte[] chain, byte[] key, X509Certificate certificate) {
    this.certificateFile = certificateFile;
    this.keyFile = keyFile;
    this.chain = chain;
    this.key = key;
    this.certificate = certificate;
  }

  /** Why files are no credentials: a file's name and what was expected. Never quotes a file. */
  public static final class Bad extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Path file;
    private final String expected;

    private Bad(Path file, String expected) {
      super(file + ": expected " + expected, null, false, false);
      this.file = file;
      this.expected = expected;
    }
  }

  /**
   * Reads both files. Blocks.
   *
   * @param certificateFile PEM: the certificate, then those that vouch for it
   * @param keyFile PEM: an unencrypted private key, RSA, EC or EdDSA
   */
  public static Credentials read(Path certificateFile, Path keyFile) throws Bad {
    byte[] chain = bytes(certificateFile);
    byte[] key = bytes(keyFile);
    X509KeyManager manager = manager(certificateFile, keyFile, chain, key);
    String alias = alias(manager);
    if (alias == null) {
      throw new Bad(certificateFile, "an X.509 certificate with an RSA, EC or EdDSA key");
    }
    X509Certificate certificate = manager.getCertificateChain(alias)[0];
    if (!belongTogether(certificate.getPublicKey(), manager.getPrivateKey(alias))) {
      throw new Bad(keyFile, "the private key of the certificate in " + certificateFile);
    }
    return new Credentials(certificateFile, keyFile, chain, key, certificate);
  }

  /**
   * Those that two settings name; null where neither is set. Both come together, or what should be
   * encrypted would be plain. Blocks.
   *
   * @throws BadSetting naming the key, the value and what was expected
   */
  public static Credentials from(Settings settings, Key certificate, Key key) {
    String certificateFile = settings.text(certificate);
    String keyFile = settings.text(key);
    if (certificateFile == null && keyFile == null) {
      return null;
    }
    if (certificateFile == null || keyFile == null) {
      Key missing = certificateFile == null ? certificate : key;
      Key given = certificateFile == null ? key : certificate;
      throw BadSetting.of(missing, "", "a PEM file, since " + given.variable() + " is set");
    }
    try {
      return read(Path.of(certificateFile), Path.of(keyFile));
    } catch (Bad bad) {
      boolean inKey = bad.file.equals(Path.of(keyFile));
      throw BadSetting.of(
          inKey ? key : certificate, inKey ? keyFile : certificateFile, bad.expected);
    }
  }

  /** What the same files hold now. Blocks. */
  public Credentials reread() throws Bad {
    return read(certificateFile, keyFile);
  }

  /** Whether the files still hold what was read. Blocks; false where they cannot be read. */
  public boolean isCurrent() {
    try {
      return Arrays.equals(chain, bytes(certificateFile)) && Arrays.equals(key, bytes(keyFile));
    } catch (Bad unreadable) {
      return false;
    }
  }

  /** For a server or a client; a new one each time. */
  public PemKeyCertOptions options() {
    return options(chain, key);
  }

  public X509Certificate certificate() {
    return certificate;
  }

  @Override
  public String toString() {
    return "Credentials[" + certificate.getSubjectX500Principal() + "]";
  }

  private static byte[] bytes(Path file) throws Bad {
    try {
      return Files.readAllBytes(file);
    } catch (IOException | RuntimeException unreadable) {
      throw new Bad(file, "a PEM file that can be read");
    }
  }

  private static PemKeyCertOptions options(byte[] chain, byte[] key) {
    return new PemKeyCertOptions()
        .addCertValue(Buffer.buffer(chain))
        .addKeyValue(Buffer.buffer(key));
  }

  private static X509KeyManager manager(
      Path certificateFile, Path keyFile, byte[] chain, byte[] key) throws Bad {
    try { // Vert.x needs an instance of itself only to find files
      return (X509KeyManager) options(chain, key).getKeyManagerFactory(null).getKeyManagers()[0];
    } catch (Exception unreadable) {
      // The parsers' messages quote what they could not read, which may be the key.
      throw new Bad(
          certificateFile, "a certificate in PEM, and in " + keyFile + " its unencrypted key");
    }
  }

  private static String alias(X509KeyManager manager) {
    for (String type : new String[] {"EC", "RSA", "EdDSA", "Ed25519", "RSASSA-PSS"}) {
      String[] aliases = manager.getServerAliases(type, null);
      if (aliases != null && aliases.length > 0) {
        return aliases[0];
      }
    }
    return null;
  }

  private static boolean belongTogether(PublicKey open, PrivateKey secret) {
    String algorithm =
        switch (open.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> open.getAlgorithm();
        };
    try {
      Signature signature = Signature.getInstance(algorithm);
      signature.initSign(secret);
      signature.update(PROBE);
      byte[] signed = signature.sign();
      signature.initVerify(open);
      signature.update(PROBE);
      return signature.verify(signed);
    } catch (GeneralSecurityException otherKind) {
      return false;
    }
  }
}
