package io.trunkline.cluster;

import static io.trunkline.cluster.FrameAssert.assertFrame;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.cluster.LocalCluster.LocalGateway;
import io.trunkline.testing.Await;
import io.trunkline.testing.WebSocketProbe;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A cluster that begins with a gateway alone. All others begin with everything at once. */
class StartOrderTest {
  /** The protocol's promise for {@code unavailable}. */
  private static final long UNAVAILABLE_WITHIN_MILLIS = 5000;

  @RegisterExtension static final LocalCluster cluster = LocalCluster.of(0, 0);

  @Test
  void gatewayAloneSaysUnavailableAndServesTheSameConnectionOnceAServiceIsThere() {
    LocalGateway first = cluster.addGateway(Map.of());
    try (WebSocketProbe probe = WebSocketProbe.connect(first.wsUri())) {
      long began = System.nanoTime();
      probe.send(Client.frame("session", "session_id", "whatever", "id", "early"));
      assertFrame(probe.next()).isError("unavailable", true).has("id", "early");
      assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began))
          .as("millis until unavailable")
          .isLessThan(UNAVAILABLE_WITHIN_MILLIS);
      ServerApi.Answer refused = first.api().create(new JsonObject().put("user", "alice"));
      assertThat(refused.status()).as(refused.toString()).isEqualTo(503);

      cluster.addService();
      LocalGateway second = cluster.addGateway(Map.of());

      assertFrame(probe.session(second.api().login("alice"))).has("status", "valid");
      Client bob = cluster.client(second, "bob");
      probe.send(Client.frame("private_message", "receiver", "bob", "message", "at last"));
      assertFrame(bob.next()).has("sender", "alice").has("message", "at last");
      Await.until(
          () -> bob.ask("presence").getInteger("count") == 2, "both are seen by the service");
    }
  }
}
