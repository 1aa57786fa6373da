package io.trunkline.cluster;

import static io.trunkline.cluster.FrameAssert.assertFrame;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.handler.RunningHandler;
import io.trunkline.handler.TypeHandler;
import io.trunkline.handler.TypeRequest;
import io.trunkline.node.Node;
import io.trunkline.protocol.ErrorCode;
import io.trunkline.protocol.Refusal;
import io.trunkline.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Types that nodes beside gateways and session services handle, as clients meet them. */
class HandlersAcrossNodesTest {
  @RegisterExtension static final LocalCluster cluster = LocalCluster.of(2, 1);

  private static final long A_SECOND = 1_000_000_000L;

  private static final String TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

  private static final JsonObject SCHEMA =
      new JsonObject(
          """
          {"type":"object",
           "required":["option"],
           "properties":{
             "option":{"type":"integer","minimum":1,"maximum":9},
             "tags":{"type":"array","items":{"$ref":"#/$defs/tag"}}},
           "$defs":{"tag":{"type":"string","maxLength":3}}}
          """);

  private static Node first;
  private static Node second;

  private final List<RunningHandler> running = new ArrayList<>();
  private final ConcurrentLinkedQueue<TypeRequest> came = new ConcurrentLinkedQueue<>();

  @BeforeAll
  static void join() {
    first = cluster.joinOther();
    second = cluster.joinOther();
  }

  @AfterAll
  static void leave() {
    Await.result(first.leave());
    Await.result(second.leave());
  }

  @AfterEach
  void stop() {
    running.forEach(handler -> Await.result(handler.stop()));
  }

  @Test
  void handlerIsFoundAtOnceOnEveryGatewayAndKnowsWhoAsks() {
    Client alice = cluster.client(0, "alice");
    Client bob = cluster.client(1, "bob");
    assertFrame(alice.ask("found")).isError("unknown_type", false);

    start(first, new TypeHandler("found"), this::answer);
    long began = System.nanoTime();
    assertFrame(alice.ask("found", "traceparent", TRACE)).is("found").has("user", "alice");
    assertFrame(bob.ask("found", "traceparent", "no such thing")).has("user", "bob");
    assertThat(System.nanoTime() - began).isLessThan(A_SECOND);

    TypeRequest asked = came.remove();
    assertThat(asked.traceparent()).isEqualTo(TRACE);
    assertThat(asked.timeLeft()).isLessThanOrEqualTo(Duration.ofMillis(1800));
    assertThat(asked.attempt()).isEqualTo(1);
    assertThat(asked.connection()).isNotEmpty();
    assertThat(asked.caller().session()).hasSize(64);
    assertThat(came.remove().traceparent()).as("malformed").isNull();
  }

  @Test
  void frameIsHeldToTheTermsBeforeTheBus() {
    start(
        first,
        new TypeHandler("vote").schema(SCHEMA).permission("vote").maxBytes(200).ratePerSecond(8),
        this::answer);
    Client voter = permitted("voter", "vote");
    assertFrame(voter.ask("vote", "option", 3)).is("vote").has("user", "voter");
    came.clear();

    assertRefused(cluster.client(1, "guest").ask("vote", "option", 3), "forbidden", "vote");
    assertRefused(voter.ask("vote"), "bad_request", "option");
    assertRefused(voter.ask("vote", "option", "three"), "bad_request", "option:");
    assertRefused(voter.ask("vote", "option", 10), "bad_request", "option:");
    assertRefused(
        voter.ask("vote", "option", 1, "tags", new JsonArray().add("ok").add("long")),
        "bad_request",
        "tags.1:");
    assertRefused(voter.ask("vote", "option", 1, "more", "x".repeat(200)), "bad_request", "frame:");
    assertRefused(voter.ask("vote", "option", 1, "traceparent", 7), "bad_request", "traceparent");
    assertThat(came).as("what has crossed the bus").isEmpty();

    JsonObject last = voter.ask("vote", "option", 1);
    for (int i = 0; i < 20 && !"rate_limited".equals(last.getString("code")); i++) {
      last = voter.ask("vote", "option", 1);
    }
    assertFrame(last).isError("rate_limited", true);
    assertFrame(voter.ask("echo", "content", 1)).is("echo");
  }

  @Test
  void gatewayThatJoinsLaterHoldsTheFirstFrameToTheTerms() {
    start(first, new TypeHandler("strict").schema(SCHEMA), this::answer);
    LocalCluster.LocalGateway late = cluster.addGateway(Map.of());
    try {
      Client client = cluster.client(late, "late");
      assertRefused(client.ask("strict", "option", 0), "bad_request", "option:");
      assertThat(came).isEmpty();
    } finally {
      cluster.remove(late);
    }
  }

  @Test
  void handlersTakeTurnsAndTheLastOnesEndIsAnUnknownTypeWithinASecond() throws Exception {
    RunningHandler one = start(first, new TypeHandler("turns"), request -> named("one"));
    RunningHandler two = start(second, new TypeHandler("turns"), request -> named("two"));
    Client client = cluster.client(0, "turns");
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      names.add(client.ask("turns").getString("name"));
    }
    assertThat(names).contains("one", "two");

    AtomicBoolean done = new AtomicBoolean();
    Client busy = cluster.client(1, "busy");
    var others = Executors.newSingleThreadExecutor();
    var failed = others.submit(() -> failures(busy, done));
    Future<Void> stopping = one.stop();
    while (!stopping.isComplete()) {
      assertFrame(client.ask("turns")).is("turns");
    }
    assertFrame(client.ask("turns")).has("name", "two");

    Future<Void> last = two.stop();
    long began = System.nanoTime();
    JsonObject frame = client.ask("turns");
    while (frame.getString("type").equals("turns")) {
      frame = client.ask("turns");
    }
    assertFrame(frame).isError("unknown_type", false);
    assertThat(System.nanoTime() - began).as("nanos until refused").isLessThan(A_SECOND);
    Await.result(last);
    done.set(true);
    assertThat(failed.get()).as("failed requests of another type").isZero();
    others.shutdown();
  }

  @Test
  void typesOfTheSessionServiceAreNobodyElses() {
    TypeHandler thief = new TypeHandler("private_message");
    assertThatThrownBy(() -> Await.result(thief.start(first.vertx(), this::answer)))
        .hasStackTraceContaining("the session service handles private_message itself");
  }

  @Test
  void failureOfTheHandlerIsAnErrorOfTheClients() {
    start(
        first,
        new TypeHandler("failing"),
        request ->
            switch (request.frame().getString("how")) {
              case "refusal" ->
                  Future.failedFuture(new Refusal(ErrorCode.UNKNOWN_RECEIVER, "poll: no such"));
              case "throw" -> throw new IllegalStateException("a fault");
              case "silent" -> Future.future(promise -> {});
              default -> Future.succeededFuture(null);
            });
    Client client = cluster.client(0, "failing");
    assertRefused(client.ask("failing", "how", "refusal"), "unknown_receiver", "poll: no such");
    assertRefused(client.ask("failing", "how", "throw"), "unavailable", "internal error");
    assertFrame(client.ask("failing", "how", "silent")).isError("unavailable", true);
    client.send(Client.frame("failing", "how", "nothing"));
    assertFrame(client.ask("echo", "content", 1)).is("echo");
    client.expectNothing();
  }

  @Test
  void schemaThatIsNoneLetsNoFrameThrough() {
    JsonObject broken = new JsonObject().put("required", "option");
    start(first, new TypeHandler("broken").schema(broken), this::answer);
    assertFrame(cluster.client(0, "broken").ask("broken")).isError("unavailable", true);
    assertThat(came).isEmpty();
  }

  private RunningHandler start(
      Node node, TypeHandler handler, Function<TypeRequest, Future<JsonObject>> work) {
    RunningHandler started = Await.result(handler.start(node.vertx(), work));
    running.add(started);
    return started;
  }

  private Future<JsonObject> answer(TypeRequest request) {
    came.add(request);
    return Future.succeededFuture(new JsonObject().put("user", request.user()));
  }

  private static Future<JsonObject> named(String name) {
    return Future.succeededFuture(new JsonObject().put("name", name));
  }

  private static Client permitted(String user, String permission) {
    JsonObject wish =
        new JsonObject().put("user", user).put("permissions", new JsonArray().add(permission));
    LocalCluster.LocalGateway gateway = cluster.gateway(0);
    String id = gateway.api().create(wish).json().getString("session_id");
    return cluster.keep(Client.connect(gateway.wsUri(), id));
  }

  private static long failures(Client client, AtomicBoolean done) {
    long failed = 0;
    while (!done.get()) {
      failed += client.ask("echo", "content", 1).getString("type").equals("echo") ? 0 : 1;
    }
    return failed;
  }

  private static void assertRefused(JsonObject frame, String code, String part) {
    assertFrame(frame).is("error").has("code", code);
    assertThat(frame.getString("message")).contains(part);
  }
}
