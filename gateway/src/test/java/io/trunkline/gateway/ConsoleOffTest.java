package io.trunkline.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.node.Management;
import io.trunkline.node.ManagementSettings;
import io.trunkline.testing.Await;
import io.trunkline.testing.HttpAnswer;
import io.trunkline.testing.RawSocket;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The management port of a gateway that has no API key. */
class ConsoleOffTest {
  @RegisterExtension static final Rig rig = new Rig();

  private static Management management;

  @BeforeAll
  static void open() {
    management = Await.result(rig.gateway().manage(new ManagementSettings("127.0.0.1", 0)));
  }

  @AfterAll
  static void close() {
    Await.result(management.close());
  }

  private static HttpAnswer get(String path) {
    try (RawSocket socket = RawSocket.open("127.0.0.1", management.port())) {
      return socket.request("GET", path, Map.of("Host", "x", "Authorization", "Bearer "), "");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/console", "/console/", "/console/console.js"})
  void consoleIsNotServedAndItSaysWhy(String path) {
    HttpAnswer answer = get(path);
    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.json().getString("message")).contains("TRUNKLINE_API_KEY is not set");
  }

  @Test
  void neitherIsTheApi() {
    assertThat(get("/api/nodes").status()).isEqualTo(404);
  }
}
