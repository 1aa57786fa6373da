package io.trunkline.gateway;

import io.trunkline.node.Credentials;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.ServerSSLOptions;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** How the public port is served: nothing here that a client could stretch without bound. */
final class HttpOptions {
  /** A session id, a cookie jar and what proxies add; a browser's own limit is about the same. */
  static final int MAX_HEADER_BYTES = 16 * 1024;

  static final int MAX_LINE_BYTES = 4096;

  /**
   * Seconds without a byte on a connection that has not been upgraded; after the upgrade the
   * heartbeat takes over.
   */
  private static final int IDLE_SECONDS = 20;

  /** To Vert.x: one free port for all instances. 0 were another for each. */
  private static final int ANY_PORT = -1;

  /** Older ones are broken (RFC 8996). */
  private static final Set<String> TLS_VERSIONS = Set.of("TLSv1.2", "TLSv1.3");

  private HttpOptions() {}

  static HttpServerOptions of(GatewaySettings settings) {
    HttpServerOptions options =
        new HttpServerOptions()
            .setHost(settings.httpHost())
            .setPort(settings.httpPort() == 0 ? ANY_PORT : settings.httpPort())
            .setTcpNoDelay(true)
            .setIdleTimeout(IDLE_SECONDS)
            .setMaxHeaderSize(MAX_HEADER_BYTES)
            .setMaxInitialLineLength(MAX_LINE_BYTES)
            .setHttp2ClearTextEnabled(false)
            .setPerMessageWebSocketCompressionSupported(false)
            .setPerFrameWebSocketCompressionSupported(false);
    options
        .setUseProxyProtocol(settings.proxyProtocol())
        .setProxyProtocolTimeout(settings.handshakeSeconds())
        .setProxyProtocolTimeoutUnit(TimeUnit.SECONDS);
    if (settings.tls() != null) {
      ServerSSLOptions tls = tls(settings, settings.tls());
      options
          .setSsl(true)
          .setUseAlpn(false)
          .setEnabledSecureTransportProtocols(tls.getEnabledSecureTransportProtocols())
          .setSslHandshakeTimeout(tls.getSslHandshakeTimeout())
          .setSslHandshakeTimeoutUnit(tls.getSslHandshakeTimeoutUnit())
          .setKeyCertOptions(tls.getKeyCertOptions());
    }
    return options;
  }

  static ServerSSLOptions tls(GatewaySettings settings, Credentials credentials) {
    return new ServerSSLOptions()
        .setUseAlpn(false)
        .setEnabledSecureTransportProtocols(TLS_VERSIONS)
        .setSslHandshakeTimeout(settings.handshakeSeconds())
        .setSslHandshakeTimeoutUnit(TimeUnit.SECONDS)
        .setKeyCertOptions(credentials.options());
  }
}
