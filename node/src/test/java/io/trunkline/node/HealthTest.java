package io.trunkline.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HealthTest {
  private final Vertx vertx = Vertx.vertx();
  private final Health health = new Health();
  private HttpClientAgent client;
  private int port;

  /** Status and body of an answer. */
  private record Answer(int status, JsonObject body) {}

  @BeforeEach
  void serve() {
    client = vertx.createHttpClient();
    port =
        Await.result(
                Management.start(
                    vertx, new ManagementSettings("127.0.0.1", 0), health, new Metrics()))
            .port();
  }

  @AfterEach
  void close() {
    Await.result(vertx.close());
  }

  @Test
  void aProcessWithoutChecksIsDown() {
    assertThat(get("/health/ready"))
        .isEqualTo(
            new Answer(503, new JsonObject().put("status", "DOWN").put("checks", new JsonArray())));
  }

  @Test
  void eachCheckIsShownAndOneThatIsDownSaysWhy() {
    health.ready("good", Future::succeededFuture);
    health.ready("bad", () -> Future.failedFuture("no database"));
    Answer answer = get("/health/ready");
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.body().encode())
        .isEqualTo(
            "{\"status\":\"DOWN\",\"checks\":["
                + "{\"name\":\"bad\",\"status\":\"DOWN\",\"reason\":\"no database\"},"
                + "{\"name\":\"good\",\"status\":\"UP\"}]}");
  }

  @Test
  void aCheckThatThrowsOrNeverAnswersIsDown() {
    health.ready(
        "throws",
        () -> {
          throw new IllegalStateException("broken");
        });
    health.ready("hangs", () -> Promise.<Void>promise().future());
    Answer answer = get("/health/ready");
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.body().getJsonArray("checks"))
        .allSatisfy(
            check -> assertThat(((JsonObject) check).getString("status")).isEqualTo("DOWN"));
  }

  @Test
  void liveAndReadyAreAskedApart() {
    health.live("loop", Future::succeededFuture);
    health.ready("database", () -> Future.failedFuture("away"));
    assertThat(get("/health/live").status()).isEqualTo(200);
    assertThat(get("/health/ready").status()).isEqualTo(503);
  }

  @Test
  void startedIsReadyOnceAndForAll() {
    Promise<Void> first = Promise.promise();
    health.ready("once", () -> first.future().isComplete() ? first.future() : notYet());
    assertThat(get("/health/started").status()).isEqualTo(503);
    first.complete();
    assertThat(get("/health/started").status()).isEqualTo(200);
    health.ready("later", () -> Future.failedFuture("away"));
    assertThat(get("/health/started").status()).isEqualTo(200);
    assertThat(get("/health/ready").status()).isEqualTo(503);
  }

  @Test
  void otherPathsAndMethodsAreRefused() {
    assertThat(get("/"))
        .isEqualTo(
            new Answer(
                404, new JsonObject().put("code", "not_found").put("message", "no such path")));
    assertThat(ask(HttpMethod.POST, "/health/live").status()).isEqualTo(405);
  }

  private static Future<Void> notYet() {
    return Future.failedFuture("not yet");
  }

  private Answer get(String path) {
    return ask(HttpMethod.GET, path);
  }

  private Answer ask(HttpMethod method, String path) {
    return Await.result(
        client
            .request(method, port, "127.0.0.1", path)
            .compose(request -> request.send().compose(HealthTest::answer)));
  }

  private static Future<Answer> answer(HttpClientResponse response) {
    return response.body().map(body -> new Answer(response.statusCode(), body.toJsonObject()));
  }
}
