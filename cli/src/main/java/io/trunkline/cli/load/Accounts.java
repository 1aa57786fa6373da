package io.trunkline.cli.load;

import io.trunkline.cli.Exit;
import io.trunkline.cli.Failure;
import io.trunkline.cli.Reason;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.IntFunction;

/**
 * What a run needs from the server API: sessions, which end by themselves soon after it, and
 * messages that wait for their readers. Blocks.
 */
public final class Accounts {
  private static final int AT_ONCE = 32;

  /** A second apart, where the server says that there were too many calls or that it cannot now. */
  private static final int MOST_TRIES = 10;

  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(TIMEOUT).build();
  private final URI api;
  private final String key;

  /** With the key of the server API at {@code api}. */
  public Accounts(URI api, String key) {
    this.api = api;
    this.key = key;
  }

  /**
   * A session for each of {@code count}.
   *
   * @param user whose the session of a number is
   * @return the ids
   */
  String[] create(int count, IntFunction<String> user, int ttlSeconds) {
    String[] ids = new String[count];
    all(
        count,
        i ->
            request(
                "sessions",
                new JsonObject().put("user", user.apply(i)).put("ttl_seconds", ttlSeconds)),
        (i, body) -> ids[i] = new JsonObject(body).getString("session_id"));
    return ids;
  }

  /** One message to each of {@code count} users; all are stored when this returns. */
  void post(int count, IntFunction<String> user, IntFunction<String> message) {
    all(
        count,
        i ->
            request(
                "messages",
                new JsonObject()
                    .put("receiver", user.apply(i))
                    .put("message", message.apply(i))
                    .put("id", UUID.randomUUID().toString())),
        (i, body) -> {});
  }

  private void all(int count, IntFunction<HttpRequest> request, BiConsumer<Integer, String> then) {
    Semaphore room = new Semaphore(AT_ONCE);
    AtomicReference<String> failure = new AtomicReference<>();
    for (int i = 0; i < count && failure.get() == null; i++) {
      int number = i;
      take(room, 1);
      Future<?> unused =
          call(request.apply(i), 0)
              .whenComplete(
                  (answer, thrown) -> {
                    if (thrown != null) {
                      failure.compareAndSet(null, Reason.of(thrown));
                    } else if (answer.statusCode() >= 300) {
                      failure.compareAndSet(null, answer.statusCode() + " " + answer.body());
                    } else {
                      then.accept(number, answer.body());
                    }
                    room.release();
                  });
    }
    take(room, AT_ONCE);
    if (failure.get() != null) {
      boolean refused = failure.get().startsWith("401");
      throw new Failure(
          refused ? Exit.NOT_ALLOWED : Exit.UNAVAILABLE,
          api + " does not serve the bench: " + failure.get());
    }
  }

  /** A gateway takes so many calls a second, and says when there were more. */
  private CompletableFuture<HttpResponse<String>> call(HttpRequest request, int tries) {
    return http.sendAsync(request, HttpResponse.BodyHandlers.ofString())
        .thenCompose(
            answer -> {
              boolean again = answer.statusCode() == 429 || answer.statusCode() == 503;
              return again && tries < MOST_TRIES
                  ? later().thenCompose(done -> call(request, tries + 1))
                  : CompletableFuture.completedFuture(answer);
            });
  }

  private static CompletableFuture<Void> later() {
    return CompletableFuture.runAsync(
        () -> {}, CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS));
  }

  private HttpRequest request(String path, JsonObject body) {
    return HttpRequest.newBuilder(URI.create(api + "/api/" + path))
        .timeout(TIMEOUT)
        .header("Authorization", "Bearer " + key)
        .POST(BodyPublishers.ofString(body.encode()))
        .build();
  }

  private static void take(Semaphore room, int permits) {
    try {
      if (!room.tryAcquire(permits, 2 * TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
        throw new Failure(Exit.UNAVAILABLE, "the server API does not answer in time");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Exit.UNAVAILABLE, "interrupted");
    }
  }
}
