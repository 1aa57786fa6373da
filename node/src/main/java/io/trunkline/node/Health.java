package io.trunkline.node;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * What a process says of itself. Live: it should not be restarted; its own event loops answer, and
 * nothing outside the process is asked. Ready: it can serve. Started: it has been ready once. A
 * check that does not answer in time is down, and so is a process without checks.
 */
public final class Health {
  /** Below the few seconds that probes wait for an answer. */
  private static final Duration CHECK_TIMEOUT = Duration.ofMillis(2_500);

  private final Map<String, Supplier<Future<Void>>> live = new ConcurrentSkipListMap<>();
  private final Map<String, Supplier<Future<Void>>> ready = new ConcurrentSkipListMap<>();

  private volatile boolean started;

  /** The health of a process that is this node: its event loops, its cluster, its bus. */
  public static Health of(Node node) {
    Health health = new Health();
    List<Context> loops = EventLoops.of(node.vertx(), node.eventLoops());
    for (int i = 0; i < loops.size(); i++) {
      Context loop = loops.get(i);
      health.live("event_loop_" + i, () -> answer(loop));
    }
    health.ready("cluster", node::inSettledCluster);
    health.ready("bus", node::ping);
    return health;
  }

  /** Adds a check of whether the process works at all; it must ask nothing outside. */
  public void live(String name, Supplier<Future<Void>> check) {
    live.put(name, check);
  }

  /** Adds a check of whether the process can serve now; a failure's message is shown. */
  public void ready(String name, Supplier<Future<Void>> check) {
    ready.put(name, check);
  }

  Future<JsonObject> isLive() {
    return report(live);
  }

  Future<JsonObject> isReady() {
    return report(ready).onSuccess(report -> started |= isUp(report));
  }

  Future<JsonObject> isStarted() {
    JsonObject up = new JsonObject().put("status", "UP").put("checks", new JsonArray());
    return started ? Future.succeededFuture(up) : isReady();
  }

  static boolean isUp(JsonObject report) {
    return "UP".equals(report.getString("status"));
  }

  private static Future<JsonObject> report(Map<String, Supplier<Future<Void>>> checks) {
    List<Future<JsonObject>> answers = new ArrayList<>();
    checks.forEach((name, check) -> answers.add(run(name, check)));
    return Future.all(answers).map(done -> summary(done.list()));
  }

  private static JsonObject summary(List<JsonObject> checks) {
    boolean up = !checks.isEmpty() && checks.stream().allMatch(Health::isUp);
    return new JsonObject().put("status", up ? "UP" : "DOWN").put("checks", new JsonArray(checks));
  }

  /** Never fails: a check that throws or is late is down. */
  private static Future<JsonObject> run(String name, Supplier<Future<Void>> check) {
    JsonObject answer = new JsonObject().put("name", name);
    return Future.<Void>future(promise -> check.get().onComplete(promise))
        .timeout(CHECK_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
        .map(up -> answer.put("status", "UP"))
        .otherwise(
            why -> answer.put("status", "DOWN").put("reason", String.valueOf(why.getMessage())));
  }

  private static Future<Void> answer(Context loop) {
    Promise<Void> answered = Promise.promise();
    loop.runOnContext(answered::complete);
    return answered.future();
  }
}
