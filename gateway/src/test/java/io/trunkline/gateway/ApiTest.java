package io.trunkline.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.BusMessage.CreatePermittedSession;
import io.trunkline.protocol.BusMessage.CreateSession;
import io.trunkline.protocol.BusMessage.DeleteSession;
import io.trunkline.protocol.BusMessage.DeleteUserSessions;
import io.trunkline.protocol.BusMessage.Done;
import io.trunkline.protocol.BusMessage.FindSession;
import io.trunkline.protocol.BusMessage.Refused;
import io.trunkline.protocol.BusMessage.SessionInfo;
import io.trunkline.protocol.ErrorCode;
import io.trunkline.testing.Await;
import io.trunkline.testing.HttpAnswer;
import io.trunkline.testing.RawSocket;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The server API's sessions, with and without the key. */
class ApiTest {
  private static final long EXPIRY = 1_795_197_600_000L;

  @RegisterExtension static final Rig rig = new Rig("API_KEY", "the-key");

  private static HttpAnswer ask(String method, String path, String body) {
    return askAs("Bearer the-key", method, path, body);
  }

  private static HttpAnswer askAs(String authorization, String method, String path, String body) {
    Map<String, String> headers = new HashMap<>();
    headers.put("Host", "localhost");
    headers.put("Content-Length", "" + body.getBytes(StandardCharsets.UTF_8).length);
    if (authorization != null) {
      headers.put("Authorization", authorization);
    }
    try (RawSocket socket = rig.open()) {
      return socket.request(method, path, headers, body);
    }
  }

  private static void answer(BusMessage reply) {
    rig.service().answerAt(Addresses.SESSIONS, question -> Future.succeededFuture(reply));
  }

  private static void expectError(HttpAnswer answer, int status, String code) {
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.json().getString("code")).isEqualTo(code);
    assertThat(answer.json().getString("message")).isNotBlank();
    assertThat(answer.json().getBoolean("retryable")).isEqualTo(status == 503);
  }

  @Test
  void aSessionIsCreated() {
    answer(new SessionInfo("valid", "the-id", "alice", EXPIRY));
    HttpAnswer answer = ask("POST", "/api/sessions", "{\"user\":\"alice\",\"ttl_seconds\":60}");
    assertThat(answer.status()).isEqualTo(201);
    assertThat(answer.json())
        .isEqualTo(
            new JsonObject()
                .put("session_id", "the-id")
                .put("user", "alice")
                .put("expires_at", "2026-11-20T18:00:00.000Z"));
    assertThat(answer.header("cache-control")).isEqualTo("no-store");
    assertThat(rig.service().asked(CreateSession.class))
        .containsExactly(new CreateSession("alice", 60));
  }

  @Test
  void withoutATtlTheServiceDecides() {
    answer(new SessionInfo("valid", "the-id", "alice", EXPIRY));
    ask("POST", "/api/sessions", "{\"user\":\"alice\"}");
    assertThat(rig.service().asked(CreateSession.class))
        .containsExactly(new CreateSession("alice", 0));
  }

  @Test
  void aSessionIsLookedUp() {
    answer(new SessionInfo("valid", null, "alice", EXPIRY));
    HttpAnswer answer = ask("GET", "/api/sessions/the-id", "");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.json().getString("status")).isEqualTo("valid");
    assertThat(answer.json().getString("user")).isEqualTo("alice");
    assertThat(rig.service().asked(FindSession.class)).containsExactly(new FindSession("the-id"));
    answer(new SessionInfo("expired", null, null, 0));
    assertThat(ask("GET", "/api/sessions/other", "").json())
        .isEqualTo(new JsonObject().put("status", "expired"));
  }

  @Test
  void aSessionIsDeleted() {
    answer(new Done());
    HttpAnswer answer = ask("DELETE", "/api/sessions/the-id", "");
    assertThat(answer.status()).isEqualTo(204);
    assertThat(answer.body()).isEmpty();
    assertThat(rig.service().asked(DeleteSession.class))
        .containsExactly(new DeleteSession("the-id"));
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "none",
      value = {
        "none",
        "''",
        "Bearer",
        "Bearer ",
        "Bearer the-ke",
        "Bearer the-keyy",
        "Basic the-key"
      })
  void withoutTheKeyNothingIsDone(String authorization) {
    HttpAnswer answer = askAs(authorization, "POST", "/api/sessions", "{\"user\":\"alice\"}");
    expectError(answer, 401, "unauthenticated");
    assertThat(answer.header("www-authenticate")).isEqualTo("Bearer");
    expectError(askAs(authorization, "GET", "/api/anything", ""), 401, "unauthenticated");
    assertThat(rig.service().asked(CreateSession.class)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"user\":1}",
        "{\"user\":\"\"}",
        "{\"user\":\" \"}",
        "{\"user\":null}",
        "{\"user\":\"alice\",\"ttl_seconds\":0}",
        "{\"user\":\"alice\",\"ttl_seconds\":-1}",
        "{\"user\":\"alice\",\"ttl_seconds\":\"1\"}",
        "{\"user\":\"alice\",\"ttl_seconds\":1e99}"
      })
  void aFieldThatIsMissingOrWrongIs400(String body) {
    expectError(ask("POST", "/api/sessions", body), 400, "bad_request");
  }

  @Test
  void aNameOf129CharactersIs400() {
    expectError(
        ask("POST", "/api/sessions", "{\"user\":\"" + "a".repeat(129) + "\"}"), 400, "bad_request");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "nonsense", "[]", "{\"user\":\"alice\"", "{\"user\":\"\\ud800\"}"})
  void aBodyThatIsNoJsonObjectIs400(String body) {
    expectError(ask("POST", "/api/sessions", body), 400, "bad_json");
  }

  @Test
  void aBodyOverTheLimitIs413() {
    HttpAnswer answer = ask("POST", "/api/sessions", "{\"user\":\"" + "a".repeat(70_000) + "\"}");
    expectError(answer, 413, "bad_request");
  }

  @Test
  void whatTheServiceRefusesHasItsStatus() {
    answer(new Refused(ErrorCode.UNAVAILABLE, "no database"));
    expectError(ask("GET", "/api/sessions/x", ""), 503, "unavailable");
    answer(new Refused(ErrorCode.BAD_REQUEST, "no"));
    expectError(ask("GET", "/api/sessions/x", ""), 400, "bad_request");
  }

  @Test
  void withoutASessionServiceItIs503() {
    rig.service()
        .without(
            List.of(Addresses.SESSIONS),
            () -> expectError(ask("GET", "/api/sessions/x", ""), 503, "unavailable"));
  }

  @Test
  void aCallWaitsForASessionServiceThatIsJustComing() {
    answer(new Done());
    HttpAnswer[] came = new HttpAnswer[1];
    Thread caller = new Thread(() -> came[0] = ask("DELETE", "/api/sessions/x", ""));
    rig.service().without(List.of(Addresses.SESSIONS), () -> startAndWait(caller));
    Await.until(() -> !caller.isAlive(), "the call has its answer");
    assertThat(came[0].status()).isEqualTo(204);
  }

  /** For as long as a call that does not wait would take many times over. */
  private static void startAndWait(Thread caller) {
    caller.start();
    try {
      caller.join(500);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"bearer the-key", "BEARER the-key", "Bearer  the-key"})
  void theSchemeMayBeWrittenInAnyCase(String authorization) {
    answer(new Done());
    assertThat(askAs(authorization, "DELETE", "/api/sessions/x", "").status()).isEqualTo(204);
  }

  @Test
  void allSessionsOfAUserAreDeleted() {
    answer(new Done());
    assertThat(ask("DELETE", "/api/users/al%20ice/sessions", "").status()).isEqualTo(204);
    assertThat(rig.service().asked(DeleteUserSessions.class))
        .containsExactly(new DeleteUserSessions("al ice"));
    expectError(
        ask("DELETE", "/api/users/" + "a".repeat(129) + "/sessions", ""), 400, "bad_request");
  }

  @Test
  void aSessionIsCreatedWithPermissionsOfItsOwn() {
    answer(new SessionInfo("valid", "the-id", "alice", EXPIRY));
    ask("POST", "/api/sessions", "{\"user\":\"alice\",\"permissions\":[\"presence\"]}");
    assertThat(rig.service().asked(CreatePermittedSession.class))
        .containsExactly(new CreatePermittedSession("alice", 0, List.of("presence")));
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /api/sessions, POST",
    "PUT, /api/sessions/x, 'GET, DELETE'",
    "GET, /api/users/x/sessions, DELETE"
  })
  void anotherMethodIs405AndSaysWhichMayBe(String method, String path, String allowed) {
    HttpAnswer answer = ask(method, path, "");
    expectError(answer, 405, "method_not_allowed");
    assertThat(answer.header("allow")).isEqualTo(allowed);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/api", "/api/", "/api/nothing", "/api/sessions/a/b"})
  void otherPathsAreNotFound(String path) {
    assertThat(ask("GET", path, "").status()).isEqualTo(404);
  }

  @ParameterizedTest
  @CsvSource({
    "https://evil.example, 403",
    "http://localhost:1, 403",
    "null, 403",
    "http://localhost, 204",
    "https://localhost, 204"
  })
  void aPageOfAnotherOriginIsRefusedThoughItHasTheKey(String origin, int status) {
    answer(new Done());
    Map<String, String> headers =
        Map.of(
            "Host", "localhost",
            "Content-Length", "0",
            "Origin", origin,
            "Authorization", "Bearer the-key");
    try (RawSocket socket = rig.open()) {
      HttpAnswer answer = socket.request("DELETE", "/api/sessions/x", headers, "");
      assertThat(answer.status()).isEqualTo(status);
    }
    assertThat(rig.service().asked(DeleteSession.class)).hasSize(status == 204 ? 1 : 0);
  }
}
