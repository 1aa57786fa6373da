package io.trunkline.demo;

import io.trunkline.node.Node;
import io.trunkline.postgres.LocalPostgres;
import io.trunkline.session.SessionService;
import io.trunkline.session.SessionServiceSettings;
import io.trunkline.testing.Await;
import io.trunkline.testing.Ports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What the demo is, with each gateway a process of its own: a Postgres and a session service here,
 * two gateways that can be killed and started again.
 */
final class KillableDemo implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final LocalPostgres postgres = LocalPostgres.start();
  private final List<Integer> clusterPorts = Ports.free(3);
  private final List<Integer> httpPorts = Ports.free(2).stream().sorted().toList();
  private final Process[] gateways = new Process[2];
  private final Node node;
  private final SessionService service;

  KillableDemo() {
    start(0);
    start(1);
    node = Await.result(GatewayAlone.join(arguments("session-1", 2)), PATIENCE);
    service =
        Await.result(
            SessionService.start(
                node, new SessionServiceSettings(postgres.url("postgres"), 4, 86_400, 168)),
            PATIENCE);
    awaitLogins(0);
    awaitLogins(1);
  }

  private String[] arguments(String name, int number) {
    String members =
        clusterPorts.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","));
    return new String[] {
      name,
      String.valueOf(clusterPorts.get(number)),
      members,
      String.valueOf(httpPorts.get(number % 2)),
      String.valueOf(httpPorts.get(1 - number % 2))
    };
  }

  void start(int gateway) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> argument.startsWith("--"))
        .forEach(command::add);
    command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(GatewayAlone.class.getName());
    command.addAll(Arrays.asList(arguments("gateway-" + (gateway + 1), gateway)));
    try {
      gateways[gateway] =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(Path.of("target", "gateway-" + (gateway + 1) + ".log").toFile())
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** It is up, and somebody answers it. */
  void awaitLogins(int gateway) {
    Await.until(() -> logIn(gateway) == 200, PATIENCE, "gateway " + gateway + " takes logins");
  }

  private int logIn(int gateway) throws InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url(gateway) + "/demo/login"))
            .timeout(Duration.ofSeconds(6))
            .POST(HttpRequest.BodyPublishers.ofString("{\"user\":\"nobody\"}"))
            .build();
    try {
      return HTTP.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    } catch (IOException e) {
      return 0;
    }
  }

  /** SIGKILL. */
  void kill(int gateway) {
    gateways[gateway].destroyForcibly();
  }

  String url(int gateway) {
    return "http://localhost:" + httpPorts.get(gateway);
  }

  @Override
  public void close() {
    kill(0);
    kill(1);
    Await.result(service.stop().eventually(node::leave), PATIENCE);
    postgres.close();
  }
}
