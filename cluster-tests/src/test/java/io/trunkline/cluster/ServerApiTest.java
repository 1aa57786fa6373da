package io.trunkline.cluster;

import static io.trunkline.cluster.FrameAssert.assertFrame;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Await;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What an application's back end does by the server API, seen by clients on other gateways. */
class ServerApiTest {
  @RegisterExtension static final LocalCluster cluster = LocalCluster.of(2, 2);

  private static ServerApi api(int gateway) {
    return cluster.gateway(gateway).api();
  }

  private static String name(String prefix) {
    return prefix + "-" + UUID.randomUUID().toString().substring(0, 8);
  }

  @Test
  void postedMessageReachesItsReceiverOnTheOtherGateway() {
    String bob = name("bob");
    Client client = cluster.client(1, bob);
    ServerApi.Answer answer =
        api(0).post("receiver", bob, "message", new JsonObject().put("n", 1), "sender", "shop");
    assertThat(answer.status()).isEqualTo(202);
    assertFrame(answer.json()).has("offset", 1).hasText("time").hasNo("duplicate");
    assertFrame(client.next())
        .is("private_message")
        .has("sender", "shop")
        .has("receiver", bob)
        .has("message", new JsonObject().put("n", 1))
        .has("offset", 1)
        .has("time", answer.json().getString("time"));
  }

  @Test
  void withoutASenderTheFrameNamesNone() {
    String bob = name("bob");
    Client client = cluster.client(1, bob);
    api(0).post("receiver", bob, "message", "hi");
    assertFrame(client.next()).is("private_message").has("message", "hi").hasNo("sender");
  }

  @Test
  void sameIdIsStoredOnceWhicheverGatewayIsAsked() {
    String bob = name("bob");
    Client client = cluster.client(1, bob);
    JsonObject first = api(0).post("receiver", bob, "message", "hi", "id", "o-1").json();
    JsonObject again = api(1).post("receiver", bob, "message", "hi", "id", "o-1").json();
    assertThat(again).isEqualTo(first.copy().put("duplicate", true));
    api(0).post("receiver", bob, "message", "last");
    assertFrame(client.next()).has("message", "hi");
    assertFrame(client.next()).has("message", "last");
  }

  @Test
  void clientCannotTakeAnIdBeforeTheApplicationUsesIt() {
    String bob = name("bob");
    Client alice = cluster.client(0, "alice");
    Client client = cluster.client(1, bob);
    alice.ask(
        new JsonObject()
            .put("type", "private_message")
            .put("id", "order-17")
            .put("receiver", bob)
            .put("message", "mine"));
    ServerApi.Answer answer =
        api(0).post("receiver", bob, "message", "paid", "sender", "alice", "id", "order-17");
    assertFrame(answer.json()).has("offset", 2).hasNo("duplicate");
    assertFrame(client.next()).has("message", "mine");
    assertFrame(client.next()).has("message", "paid");
  }

  @Test
  void channelMessageAndBroadcastReachWhoeverFollows() {
    String news = name("news");
    String live = "live." + news;
    Client reader = cluster.client(1, name("reader"));
    reader.ask("subscribe", "channel", news);
    reader.ask("subscribe", "channel", live);

    assertFrame(api(0).post("channel", news, "message", 1).json()).has("offset", 1);
    assertFrame(reader.next()).is("message").has("channel", news).has("offset", 1).hasNo("sender");
    assertFrame(api(0).post("channel", live, "message", 2).json()).hasNo("offset").hasText("time");
    assertFrame(reader.next()).is("message").has("channel", live).has("message", 2);
    assertFrame(api(0).post("broadcast", true, "message", 3).json()).hasNo("offset");
    assertFrame(reader.next()).is("broadcast").has("message", 3).hasNo("sender");
  }

  @Test
  void whatCannotBeSentIsRefusedAndSaysWhy() {
    ServerApi.Answer nobody = api(0).post("receiver", name("nobody"), "message", "hi");
    assertThat(nobody.status()).isEqualTo(404);
    assertThat(nobody.json().getString("code")).isEqualTo("unknown_receiver");
    for (ServerApi.Answer bad :
        new ServerApi.Answer[] {
          api(0).post("message", "hi"),
          api(0).post("receiver", "bob", "channel", "news", "message", "hi"),
          api(0).post("receiver", "bob", "broadcast", true, "message", "hi"),
          api(0).post("broadcast", false, "message", "hi"),
          api(0).post("receiver", "bob"),
          api(0).post("receiver", "", "message", "hi"),
          api(0).post("receiver", "bob", "message", "hi", "id", "x".repeat(65)),
          api(0).post("receiver", "bob", "message", "hi", "sender", " ")
        }) {
      assertThat(bad.status()).as(bad.body()).isEqualTo(400);
      assertThat(bad.json().getString("code")).isEqualTo("bad_request");
    }
  }

  @Test
  void presenceIsThatOfTheWholeCluster() {
    String here = name("a");
    String there = name("b");
    cluster.client(0, here);
    cluster.client(1, there);
    String query = "presence?users=" + there + "," + here + ",nobody";
    Await.until(
        () ->
            api(0)
                .get(query)
                .json()
                .equals(
                    new JsonObject()
                        .put("count", 2)
                        .put("users", new JsonArray().add(here).add(there))),
        "both are online");
    Await.until(
        () -> api(1).get("presence").json().getInteger("count") == 2, "nobody else is online");
    assertThat(api(0).get("presence?users=").status()).isEqualTo(400);
    assertThat(api(0).get("presence?users=" + "a,".repeat(9) + "%01").status()).isEqualTo(400);
  }

  @Test
  void disconnectedUserIsGoneFromEveryGatewayAndTheOthersAreNot() {
    String bob = name("bob");
    Client first = cluster.client(0, bob);
    Client second = cluster.client(1, bob);
    Client alice = cluster.client(1, "alice");
    ServerApi.Answer answer = api(0).disconnect(bob);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.json()).isEqualTo(new JsonObject().put("disconnected", 2));
    assertThat(first.closeCode()).isEqualTo(4003);
    assertThat(second.closeCode()).isEqualTo(4003);
    assertFrame(alice.ask("echo", "content", 1)).has("content", 1);
    assertThat(api(1).disconnect(name("nobody")).json().getInteger("disconnected")).isZero();
  }

  @Test
  void everyNodeIsListed() {
    JsonArray nodes = api(0).get("nodes").json().getJsonArray("nodes");
    assertThat(nodes.stream().map(node -> ((JsonObject) node).getString("role")))
        .containsExactly("gateway", "gateway", "session", "session");
    assertThat(nodes.stream().map(node -> ((JsonObject) node).getString("name")))
        .contains(cluster.gateway(0).node().name(), cluster.service(1).node().name());
  }
}
