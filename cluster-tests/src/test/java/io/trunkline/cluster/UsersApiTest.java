package io.trunkline.cluster;

import static io.trunkline.cluster.FrameAssert.assertFrame;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Await;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A user as the server API shows one to those who look after users, from any gateway. */
class UsersApiTest {
  @RegisterExtension static final LocalCluster cluster = LocalCluster.of(2, 1);

  private final String user = "ute <b>&\"' " + UUID.randomUUID();

  private static ServerApi api() {
    return cluster.gateway(0).api();
  }

  private static String path(String user) {
    return "users/" + URLEncoder.encode(user, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private JsonObject show() {
    return api().get(path(user)).json();
  }

  private JsonObject newest() {
    return show().getJsonArray("sessions").getJsonObject(0);
  }

  @Test
  void userIsShownWithGatewaysSessionsCursorAndUnread() {
    String session = api().login(user);
    for (int i = 0; i < 3; i++) {
      api().post("receiver", user, "message", i);
    }
    assertFrame(show())
        .has("user", user)
        .has("head", 3)
        .has("session_count", 1)
        .has("gateways", new JsonArray());
    assertFrame(newest()).has("cursor", 0).has("unread", 3).has("external", false);
    Client client = cluster.keep(Client.connect(cluster.gateway(1).wsUri(), session));
    for (int i = 0; i < 3; i++) {
      assertFrame(client.next()).has("message", i);
    }
    Await.until(() -> newest().getInteger("unread") == 0, "the session has read all");
    assertThat(newest().getInteger("cursor")).isEqualTo(3);
    assertThat(show().getJsonArray("gateways"))
        .containsExactly(
            new JsonObject().put("name", cluster.gateway(1).node().name()).put("connections", 1));
  }

  @Test
  void noSessionIdIsShown() {
    String first = api().login(user);
    String second = api().login(user);
    String body = api().get(path(user)).body();
    assertThat(body).doesNotContain(first).doesNotContain(second);
    assertThat(show().getInteger("session_count")).isEqualTo(2);
  }

  @Test
  void oneSessionEndsByItsHashAndTheOthersStay() {
    Client stays = cluster.client(0, user);
    String kept = newest().getString("session");
    Client ends = cluster.client(1, user);
    String ended =
        show().getJsonArray("sessions").stream()
            .map(session -> ((JsonObject) session).getString("session"))
            .filter(hash -> !hash.equals(kept))
            .findFirst()
            .orElseThrow();
    assertThat(api().end(path("somebody else"), ended).status()).isEqualTo(204);
    assertThat(show().getInteger("session_count")).as("not that user's").isEqualTo(2);
    assertThat(api().end(path(user), ended).status()).isEqualTo(204);
    assertThat(ends.closeCode()).isEqualTo(4001);
    assertFrame(stays.ask("echo", "content", 1)).has("content", 1);
    assertThat(newest().getString("session")).isEqualTo(kept);
    assertThat(api().end(path(user), ended).status()).as("once more").isEqualTo(204);
  }

  @Test
  void whatIsNoHashOrNoUserIsRefused() {
    assertThat(api().end(path(user), "x").status()).isEqualTo(400);
    assertThat(api().end(path(user), "A".repeat(64)).status()).isEqualTo(400);
    ServerApi.Answer unknown = api().get(path("nobody " + UUID.randomUUID()));
    assertThat(unknown.status()).isEqualTo(404);
    assertThat(unknown.json().getString("code")).isEqualTo("unknown_receiver");
  }
}
