package io.trunkline.demo;

import io.trunkline.node.StartFailed;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Where the demo's gateways listen.
 *
 * @param host loopback unless told otherwise, as anybody can log in as anybody
 */
record DemoSettings(String host, List<Integer> ports) {
  private static final List<Integer> PORTS = List.of(8080, 8081);

  DemoSettings {
    ports = List.copyOf(ports);
    if (ports.size() != 2 || !ports.stream().allMatch(port -> port > 0 && port < 65_536)) {
      throw new StartFailed("expected no arguments or two ports, such as 8080 8081");
    }
  }

  static DemoSettings from(String[] args, Map<String, String> environment) {
    String host = environment.getOrDefault("TRUNKLINE_HTTP_HOST", "127.0.0.1");
    return new DemoSettings(host, args.length == 0 ? PORTS : ports(args));
  }

  private static List<Integer> ports(String[] args) {
    try {
      return Stream.of(args).map(Integer::valueOf).toList();
    } catch (NumberFormatException e) {
      throw new StartFailed("expected ports, got " + String.join(" ", args), e);
    }
  }

  /** Fails, before anything is started, where a port can't be had. */
  void checkPorts() {
    for (int port : ports) {
      try (ServerSocket socket = new ServerSocket()) {
        socket.bind(new InetSocketAddress(InetAddress.getByName(host), port));
      } catch (IOException e) {
        throw new StartFailed("port " + port + " cannot be had: " + e.getMessage(), e);
      }
    }
  }

  String url(int gateway) {
    return "http://localhost:" + ports.get(gateway);
  }
}
