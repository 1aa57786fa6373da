package io.trunkline.node;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.PemTrustOptions;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Set;

/**
 * TLS between nodes, both ways: a node shows its certificate to whom it calls and to who calls it,
 * and takes only those that the cluster's own authority has signed. Host names are not compared
 * (Vert.x' bus cannot): whoever holds a certificate of that authority is a node, so the authority
 * must sign nothing else.
 */
final class BusTls {
  private static final Set<String> VERSIONS = Set.of("TLSv1.2", "TLSv1.3");

  private final Credentials credentials;
  private final Buffer authority;

  private BusTls(Credentials credentials, Buffer authority) {
    this.credentials = credentials;
    this.authority = authority;
  }

  /**
   * Null where none of the three settings is given.
   *
   * @throws BadSetting where one is missing, or is no good
   */
  static BusTls from(Settings settings) {
    Credentials credentials = Credentials.from(settings, Key.BUS_TLS_CERTIFICATE, Key.BUS_TLS_KEY);
    String file = settings.text(Key.BUS_TLS_AUTHORITY);
    if (credentials == null && file == null) {
      return null;
    }
    Key given = credentials == null ? Key.BUS_TLS_AUTHORITY : Key.BUS_TLS_CERTIFICATE;
    if (credentials == null) {
      throw missing(Key.BUS_TLS_CERTIFICATE, given);
    }
    if (file == null) {
      throw missing(Key.BUS_TLS_AUTHORITY, given);
    }
    return new BusTls(credentials, certificates(file));
  }

  private static BadSetting missing(Key missing, Key given) {
    return BadSetting.of(missing, "", "a PEM file, since " + given.variable() + " is set");
  }

  private static Buffer certificates(String file) {
    try {
      byte[] pem = Files.readAllBytes(Path.of(file));
      CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(pem));
      return Buffer.buffer(pem);
    } catch (IOException | CertificateException | RuntimeException unreadable) {
      throw BadSetting.of(Key.BUS_TLS_AUTHORITY, file, "a PEM file with a certificate");
    }
  }

  void addTo(EventBusOptions options) {
    options
        .setSsl(true)
        .setKeyCertOptions(credentials.options())
        .setTrustOptions(new PemTrustOptions().addCertValue(authority))
        .setTrustAll(false) // which it does unless told
        .setClientAuth(ClientAuth.REQUIRED)
        .setEnabledSecureTransportProtocols(VERSIONS);
  }
}
