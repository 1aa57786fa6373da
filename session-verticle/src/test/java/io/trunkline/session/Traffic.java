package io.trunkline.session;

import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.BusMessage.Request;
import io.trunkline.testing.Await;
import io.vertx.core.eventbus.DeliveryOptions;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Requests without a pause, each asked once and without a retry. */
final class Traffic {
  /** Requests under way at any time. */
  private static final int WIDTH = 32;

  /** What a gateway waits for one attempt. */
  private static final DeliveryOptions OPTIONS = new DeliveryOptions().setSendTimeout(1800);

  /** What is asked, and what an answer must have in it. */
  private record Kind(String frame, String answer) {}

  private static final List<Kind> KINDS =
      List.of(
          new Kind("{\"type\":\"echo\",\"content\":1}", "\"content\":1"),
          new Kind("{\"type\":\"presence\"}", "\"count\":1,\"users\":[\"alice\"]"),
          new Kind(
              "{\"type\":\"private_message\",\"receiver\":\"alice\",\"message\":1,\"id\":\"m-%d\"}",
              "\"type\":\"ack\""));

  private static final AtomicLong ids = new AtomicLong();

  private final FakeGateway gateway;
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final AtomicLong answers = new AtomicLong();
  private final AtomicInteger running = new AtomicInteger(WIDTH);
  private volatile boolean stopped;

  private Traffic(FakeGateway gateway) {
    this.gateway = gateway;
  }

  static Traffic start(FakeGateway gateway) {
    Traffic traffic = new Traffic(gateway);
    for (int i = 0; i < WIDTH; i++) {
      traffic.ask(i);
    }
    return traffic;
  }

  /** Waits until that many more have been answered. */
  void awaitAnswers(int more) {
    long goal = answers.get() + more;
    Await.until(() -> answers.get() >= goal, more + " more answers");
  }

  void stop() {
    stopped = true;
    Await.until(() -> running.get() == 0, "the last answers arrive");
  }

  Queue<String> failures() {
    return failures;
  }

  private void ask(int i) {
    if (stopped) {
      running.decrementAndGet();
      return;
    }
    Kind kind = KINDS.get(i % KINDS.size());
    String json = kind.frame().formatted(ids.incrementAndGet());
    Request request = gateway.request(FakeGateway.caller("alice"), 1, json);
    gateway
        .node
        .vertx()
        .eventBus()
        .<Reply>request("message." + request.type(), request, OPTIONS)
        .onSuccess(
            reply -> check(kind.answer(), new String(reply.body().frame(), StandardCharsets.UTF_8)))
        .onFailure(failure -> failures.add(String.valueOf(failure.getMessage())))
        .onComplete(
            answered -> {
              answers.incrementAndGet();
              ask(i);
            });
  }

  private void check(String expected, String frame) {
    if (!frame.contains(expected)) {
      failures.add(frame);
    }
  }
}
