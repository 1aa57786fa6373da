package io.trunkline.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.BusMessage.Done;
import io.trunkline.protocol.BusMessage.SessionInfo;
import io.trunkline.testing.Await;
import io.trunkline.testing.HttpAnswer;
import io.trunkline.testing.RawSocket;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may call the server API, how often, and what the log says of it. */
class ApiAccessTest {
  private static final int RATE = 20;

  @RegisterExtension
  static final Rig rig = new Rig("API_KEY", "new-key, old-key", "API_RATE", "" + RATE);

  private static HttpAnswer ask(String key, String method, String path, String body) {
    Map<String, String> headers =
        Map.of(
            "Host", "localhost",
            "Content-Length", "" + body.length(),
            "Authorization", "Bearer " + key);
    try (RawSocket socket = rig.open()) {
      return socket.request(method, path, headers, body);
    }
  }

  /** Waits out what earlier tests have used up. */
  private static HttpAnswer patiently(String key, String method, String path, String body) {
    HttpAnswer answer = ask(key, method, path, body);
    while (answer.status() == 429) {
      answer = ask(key, method, path, body);
    }
    return answer;
  }

  @ParameterizedTest
  @ValueSource(strings = {"new-key", "old-key"})
  void eachKeyOpensWhileOneTakesThePlaceOfTheOther(String key) {
    rig.service().answerAt(Addresses.SESSIONS, question -> Future.succeededFuture(new Done()));
    assertThat(patiently(key, "DELETE", "/api/sessions/x", "").status()).isEqualTo(204);
  }

  @ParameterizedTest
  @ValueSource(strings = {"new-key, old-key", "new-key,old-key", ",", "new-keyold-key", "new"})
  void whatIsNoneOfThemDoesNot(String key) {
    assertThat(ask(key, "DELETE", "/api/sessions/x", "").status()).isEqualTo(401);
  }

  @Test
  void callsBeyondTheRateAreRefusedBeforeAnythingIsDoneAndPassLater() {
    List<HttpAnswer> refused = new ArrayList<>();
    for (int i = 0; i < 1000 && refused.isEmpty(); i++) {
      HttpAnswer answer = ask("new-key", "GET", "/api/nodes", "");
      if (answer.status() != 200) {
        refused.add(answer);
      }
    }
    assertThat(refused)
        .singleElement()
        .satisfies(answer -> assertThat(answer.status()).isEqualTo(429));
    assertThat(refused.get(0).header("retry-after")).isEqualTo("1");
    assertThat(refused.get(0).json().getString("code")).isEqualTo("rate_limited");
    assertThat(refused.get(0).json().getBoolean("retryable")).isTrue();
    assertThat(ask("old-key", "GET", "/api/nodes", "").status()).isEqualTo(200);
    assertThat(patiently("new-key", "GET", "/api/nodes", "").status()).isEqualTo(200);
  }

  @Test
  void callsWithoutAKeyTakeNothingFromThoseWithOne() {
    patiently("new-key", "GET", "/api/nodes", "");
    for (int i = 0; i < 3 * RATE; i++) {
      assertThat(ask("guess-" + i, "GET", "/api/nodes", "").status()).isEqualTo(401);
    }
    assertThat(patiently("new-key", "GET", "/api/nodes", "").status()).isEqualTo(200);
  }

  @Test
  void whoChangedWhatIsInTheLogAndNoSecretIs() {
    rig.service()
        .answerAt(
            Addresses.SESSIONS,
            question -> Future.succeededFuture(new SessionInfo("valid", "the-token", "al", 1)));
    try (LogLines lines = LogLines.of(ApiAudit.class)) {
      patiently("old-key", "POST", "/api/sessions", "{\"user\":\"a\\\"l\"}");
      lines.await(
          "api_called key=2 method=POST path=/api/sessions about=\"user:a'l\" status=201"
              + " address=127.0.0.1");
      rig.service().answerAt(Addresses.SESSIONS, question -> Future.succeededFuture(new Done()));
      patiently("new-key", "DELETE", "/api/sessions/the-token", "");
      lines.await(
          "api_called key=1 method=DELETE path=/api/sessions/:id"
              + " about=\"session:c2a73fcf61df\" status=204 address=127.0.0.1");
      patiently("new-key", "POST", "/api/nodes/a%0Aapi_called%22/drain", "");
      lines.await(
          "api_called key=1 method=POST path=/api/nodes/:node/drain about=\"node:a'api_called'\""
              + " status=404 address=127.0.0.1");
      patiently("new-key", "POST", "/api/nodes/a%C2%9B31m%E2%80%AEb%E2%80%A8/drain", "");
      lines.await(
          "api_called key=1 method=POST path=/api/nodes/:node/drain about=\"node:a'31m'b'\""
              + " status=404 address=127.0.0.1");
      Await.until(
          () -> {
            ask("guessed-key", "DELETE", "/api/sessions/the-token", "");
            return lines.all().stream().anyMatch(line -> line.startsWith("api_refused calls="));
          },
          "a line once a second of calls without a key");
      assertThat(lines.all())
          .noneMatch(line -> line.contains("the-token") || line.contains("-key"));
    }
  }

  @Test
  void callWhoseCallerGoesBeforeTheAnswerHasNoStatusInTheLog() {
    patiently("new-key", "GET", "/api/nodes", "");
    Promise<BusMessage> never = Promise.promise();
    CountDownLatch asked = new CountDownLatch(1);
    rig.service()
        .answerAt(
            Addresses.SESSIONS,
            question -> {
              asked.countDown();
              return never.future();
            });
    try (LogLines lines = LogLines.of(ApiAudit.class)) {
      try (RawSocket socket = rig.open()) {
        String request =
            String.join(
                "\r\n",
                "DELETE /api/users/bob/sessions HTTP/1.1",
                "Host: localhost",
                "Authorization: Bearer new-key",
                "",
                "");
        socket.send(request.getBytes(StandardCharsets.US_ASCII));
        Await.until(() -> asked.getCount() == 0, "the session service is asked");
      }
      lines.await(
          "api_called key=1 method=DELETE path=/api/users/:user/sessions about=\"user:bob\""
              + " status=none address=127.0.0.1");
    } finally {
      never.complete(new Done());
    }
  }
}
