package io.trunkline.session;

import io.trunkline.testing.Await;
import io.trunkline.testing.TestPostgres;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Durable appends a second, by as many callers as given, each of whom waits for its ack before the
 * next message. Not a test: {@code mvn -o -pl session-verticle test-compile exec:java
 * -Dexec.skip=false -Dexec.classpathScope=test -Dexec.mainClass=io.trunkline.session.AppendBench
 * -Dexec.args="SERVICES CALLERS MAX_BATCH BATCHES SECONDS"}.
 */
final class AppendBench {
  private static final int USERS = 10_000;
  private static final int MAX_SAMPLES = 5_000_000;
  private static final long WARM_UP_MILLIS = 3_000;
  private static final String TEXT = "x".repeat(120);

  private final AtomicLong ids = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();
  private final AtomicInteger taken = new AtomicInteger();
  private final int[] micros = new int[MAX_SAMPLES];
  private volatile boolean measuring;
  private volatile boolean done;

  private AppendBench() {}

  @SuppressWarnings("SystemOut") // its figures are for people
  public static void main(String[] args) throws InterruptedException {
    int[] numbers = Arrays.stream(args).mapToInt(Integer::parseInt).toArray();
    System.out.println(
        new AppendBench().run(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]));
    System.exit(0);
  }

  private String run(int services, int callers, int maxBatch, int batches, int seconds)
      throws InterruptedException {
    String url = TestPostgres.freshDatabase();
    Migrations.migrate(url);
    Vertx vertx = Vertx.vertx();
    List<StoreNode> nodes = new ArrayList<>();
    for (int i = 0; i < services; i++) {
      nodes.add(
          StoreNode.start(
              vertx,
              new StoreSettings(url, 8, 3_600, 168),
              new Batcher.Limits(maxBatch, 1 << 20, batches, 100_000, 1 << 30)));
    }
    for (int i = 0; i < callers; i++) {
      StoreNode node = nodes.get(i % services);
      int caller = i;
      node.on(() -> io.vertx.core.Future.succeededFuture(caller))
          .onSuccess(v -> next(node, caller))
          .onFailure(failure -> failed.incrementAndGet());
    }
    Thread.sleep(WARM_UP_MILLIS);
    measuring = true;
    Thread.sleep(seconds * 1_000L);
    measuring = false;
    done = true;
    int count = taken.get();
    Arrays.sort(micros, 0, Math.min(count, MAX_SAMPLES));
    String result =
        "services=%d callers=%d max_batch=%d batches=%d: %d/s p50=%.1fms p99=%.1fms failed=%d"
            .formatted(
                services,
                callers,
                maxBatch,
                batches,
                count / seconds,
                micros[count / 2] / 1e3,
                micros[(int) (count * 0.99)] / 1e3,
                failed.get());
    nodes.forEach(StoreNode::close);
    Await.result(vertx.close());
    return result;
  }

  private void next(StoreNode node, int caller) {
    if (done) {
      return;
    }
    long begin = System.nanoTime();
    String topic = "user:u" + ThreadLocalRandom.current().nextInt(USERS);
    Entry entry =
        StoreNode.entry(topic, "sender" + caller, Long.toString(ids.incrementAndGet()), TEXT);
    node.log
        .append(entry)
        .onSuccess(
            appended -> {
              if (measuring) {
                micros[taken.getAndIncrement()] = (int) ((System.nanoTime() - begin) / 1_000);
              }
            })
        .onFailure(failure -> failed.incrementAndGet())
        .onComplete(appended -> next(node, caller));
  }
}
