package io.trunkline.session;

import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.BusMessage.Request;
import io.trunkline.testing.Await;
import io.vertx.core.eventbus.DeliveryOptions;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Echoes and questions for presence without a pause, each asked once and without a retry. */
final class Traffic {
  /** Requests under way at any time. */
  private static final int WIDTH = 32;

  /** What a gateway waits for one attempt. */
  private static final DeliveryOptions OPTIONS = new DeliveryOptions().setSendTimeout(1800);

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
    String json = i % 2 == 0 ? "{\"type\":\"echo\",\"content\":1}" : "{\"type\":\"presence\"}";
    String expected = i % 2 == 0 ? "\"content\":1" : "\"count\":1,\"users\":[\"alice\"]";
    Request request = gateway.request(FakeGateway.caller("alice"), 1, json);
    gateway
        .node
        .vertx()
        .eventBus()
        .<Reply>request("message." + request.type(), request, OPTIONS)
        .onSuccess(
            reply -> check(expected, new String(reply.body().frame(), StandardCharsets.UTF_8)))
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
