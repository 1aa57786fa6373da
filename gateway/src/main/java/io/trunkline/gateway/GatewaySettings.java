package io.trunkline.gateway;

import io.trunkline.node.BadSetting;
import io.trunkline.node.Credentials;
import io.trunkline.node.Key;
import io.trunkline.node.Role;
import io.trunkline.node.Settings;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What a gateway can be set to; the names, defaults and reasons stand in {@code
 * docs/configuration.md}.
 *
 * @param tls null: plain
 * @param sessionCookie the cookie that may carry a session id
 * @param apiKeys each of them opens the server API; none: it is off
 * @param apiRate calls of the server API a second, with each key
 * @param allowedOrigins origins of browsers beside the gateway's own; {@code *} allows every one
 * @param compression whether permessage-deflate is agreed on with those who offer it
 * @param maxUnsentBytes a connection's output that its reader has not taken, then 4202
 * @param requestRate requests a second and connection, on average
 * @param requestBurst requests at once
 * @param trustedProxies addresses and ranges of proxies that say whose a connection is
 * @param proxyProtocol whether each connection must begin with a proxy's PROXY header
 * @param handshakeSeconds for TLS' handshake, for a PROXY header, for the head of a request; each
 * @param maxUnansweredBytes requests of all clients on their way, or waiting for their turn
 * @param balancePerSecond connections a second that are handed over to gateways with fewer; 0: none
 * @param maxLoopLagMillis an event loop that is later than this refuses upgrades
 */
public record GatewaySettings(
    String httpHost,
    int httpPort,
    Credentials tls,
    String sessionCookie,
    List<String> apiKeys,
    int apiRate,
    List<String> allowedOrigins,
    boolean echo,
    boolean compression,
    int maxMessageBytes,
    int maxUnsentBytes,
    int requestRate,
    int requestBurst,
    int maxConnections,
    int maxConnectionsPerUser,
    int maxConnectionsPerAddress,
    List<String> trustedProxies,
    boolean proxyProtocol,
    int handshakeSeconds,
    int maxChannelsPerConnection,
    int authenticationSeconds,
    int heartbeatSeconds,
    int pongSeconds,
    int maxUnansweredBytes,
    int maxLoopLagMillis,
    int drainSeconds,
    int balancePerSecond) {

  /** Scheme, host and, where it isn't the scheme's own, port; as browsers send it. */
  private static final Pattern ORIGIN =
      Pattern.compile("[a-z][a-z0-9+.-]*://[^/\\s,]+", Pattern.CASE_INSENSITIVE);

  public GatewaySettings {
    apiKeys = List.copyOf(apiKeys);
    allowedOrigins = List.copyOf(allowedOrigins);
    trustedProxies = List.copyOf(trustedProxies);
  }

  /**
   * Reads them.
   *
   * @throws io.trunkline.node.BadSetting naming the key, the value and what was expected
   */
  public static GatewaySettings from(Settings settings) {
    checkWhatMustFit(settings);
    return new GatewaySettings(
        settings.required(Key.HTTP_HOST),
        settings.integer(Key.HTTP_PORT),
        Credentials.from(settings, Key.TLS_CERTIFICATE, Key.TLS_KEY),
        settings.required(Key.SESSION_COOKIE),
        settings.list(Key.API_KEY),
        settings.integer(Key.API_RATE),
        settings.list(Key.ALLOWED_ORIGINS),
        settings.bool(Key.ECHO),
        settings.bool(Key.COMPRESSION),
        settings.integer(Key.MAX_MESSAGE_BYTES),
        settings.integer(Key.MAX_UNSENT_BYTES),
        settings.integer(Key.REQUEST_RATE),
        settings.integer(Key.REQUEST_BURST),
        settings.integer(Key.MAX_CONNECTIONS),
        settings.integer(Key.MAX_CONNECTIONS_PER_USER),
        settings.integer(Key.MAX_CONNECTIONS_PER_ADDRESS),
        settings.list(Key.TRUSTED_PROXIES),
        settings.bool(Key.PROXY_PROTOCOL),
        settings.integer(Key.HANDSHAKE_SECONDS),
        settings.integer(Key.MAX_CHANNELS_PER_CONNECTION),
        settings.integer(Key.AUTHENTICATION_SECONDS),
        settings.integer(Key.HEARTBEAT_SECONDS),
        settings.integer(Key.PONG_SECONDS),
        settings.integer(Key.MAX_UNANSWERED_BYTES),
        settings.integer(Key.MAX_LOOP_LAG_MILLIS),
        settings.integer(Key.DRAIN_SECONDS),
        settings.integer(Key.BALANCE_PER_SECOND));
  }

  private static void checkWhatMustFit(Settings settings) {
    checkProxies(settings);
    for (String origin : settings.list(Key.ALLOWED_ORIGINS)) {
      if (!origin.equals("*") && !ORIGIN.matcher(origin).matches()) {
        throw BadSetting.of(
            Key.ALLOWED_ORIGINS, origin, "origins such as https://example.com, or *");
      }
    }
  }

  private static void checkProxies(Settings settings) {
    List<String> proxies = settings.list(Key.TRUSTED_PROXIES);
    for (String proxy : proxies) {
      try {
        new TrustedProxies(List.of(proxy));
      } catch (IllegalArgumentException e) {
        throw BadSetting.of(Key.TRUSTED_PROXIES, proxy);
      }
    }
    if (proxies.isEmpty() && settings.bool(Key.PROXY_PROTOCOL)) {
      throw BadSetting.of(
          Key.PROXY_PROTOCOL,
          "true",
          "false while " + Key.TRUSTED_PROXIES.variable() + " is empty");
    }
  }

  /** For tests and programs that embed a gateway: as if these were the environment. */
  public static GatewaySettings of(Map<String, String> environment) {
    return from(Settings.load(Role.GATEWAY, new String[0], environment));
  }

  @Override
  public String toString() {
    return "GatewaySettings[http=" + httpHost + ":" + httpPort + "]";
  }
}
