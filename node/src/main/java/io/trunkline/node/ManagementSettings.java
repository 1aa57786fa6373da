package io.trunkline.node;

/** Where health and metrics are served; port 0 takes any that is free. */
public record ManagementSettings(String host, int port) {

  public static ManagementSettings from(Settings settings) {
    return new ManagementSettings(
        settings.required(Key.MANAGEMENT_HOST), settings.integer(Key.MANAGEMENT_PORT));
  }
}
