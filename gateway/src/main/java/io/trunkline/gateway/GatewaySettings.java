package io.trunkline.gateway;

import io.trunkline.node.BadSetting;
import io.trunkline.node.Key;
import io.trunkline.node.Role;
import io.trunkline.node.Settings;
import java.util.List;
import java.util.Map;

/**
 * What a gateway can be set to; the names, defaults and reasons stand in {@code
 * docs/configuration.md}.
 *
 * @param tlsCertificate a PEM file, with {@code tlsKey}; null: plain
 * @param apiKey null: the server API is off
 * @param allowedOrigins origins of browsers beside the gateway's own; {@code *} allows every one
 * @param maxUnsentBytes a connection's output that its reader has not taken, then 4202
 * @param requestRate requests a second and connection, on average
 * @param requestBurst requests at once
 */
public record GatewaySettings(
    String httpHost,
    int httpPort,
    String tlsCertificate,
    String tlsKey,
    String apiKey,
    List<String> allowedOrigins,
    boolean echo,
    int maxMessageBytes,
    int maxUnsentBytes,
    int requestRate,
    int requestBurst,
    int maxConnectionsPerUser,
    int maxConnectionsPerAddress,
    int maxChannelsPerConnection,
    int authenticationSeconds,
    int heartbeatSeconds,
    int pongSeconds,
    int drainSeconds) {

  public GatewaySettings {
    allowedOrigins = List.copyOf(allowedOrigins);
  }

  /**
   * Reads them.
   *
   * @throws io.trunkline.node.BadSetting naming the key, the value and what was expected
   */
  public static GatewaySettings from(Settings settings) {
    if (settings.bool(Key.COMPRESSION)) {
      throw BadSetting.of(Key.COMPRESSION, "true");
    }
    return new GatewaySettings(
        settings.required(Key.HTTP_HOST),
        settings.integer(Key.HTTP_PORT),
        settings.text(Key.TLS_CERTIFICATE),
        settings.text(Key.TLS_KEY),
        settings.text(Key.API_KEY),
        settings.list(Key.ALLOWED_ORIGINS),
        settings.bool(Key.ECHO),
        settings.integer(Key.MAX_MESSAGE_BYTES),
        settings.integer(Key.MAX_UNSENT_BYTES),
        settings.integer(Key.REQUEST_RATE),
        settings.integer(Key.REQUEST_BURST),
        settings.integer(Key.MAX_CONNECTIONS_PER_USER),
        settings.integer(Key.MAX_CONNECTIONS_PER_ADDRESS),
        settings.integer(Key.MAX_CHANNELS_PER_CONNECTION),
        settings.integer(Key.AUTHENTICATION_SECONDS),
        settings.integer(Key.HEARTBEAT_SECONDS),
        settings.integer(Key.PONG_SECONDS),
        settings.integer(Key.DRAIN_SECONDS));
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
