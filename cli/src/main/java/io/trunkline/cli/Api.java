package io.trunkline.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/**
 * The server API, docs/server-api.md. What is not an answer that was asked for ends the command
 * with a {@link Failure}. Blocks.
 */
public final class Api {
  /** Between two tries of what the server says may be tried again. */
  private static final Duration PAUSE = Duration.ofMillis(250);

  private final HttpClient http;
  private final URI base;
  private final ApiKey key;
  private final Duration timeout;

  Api(URI base, ApiKey key, Duration timeout) {
    this.base = base;
    this.key = key;
    this.timeout = timeout;
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(timeout)
            .build();
  }

  /** {@code {"session_id","user","expires_at"}}. */
  JsonObject createSession(String user, Long ttlSeconds, List<String> permissions) {
    JsonObject wish = new JsonObject().put("user", user);
    if (ttlSeconds != null) {
      wish.put("ttl_seconds", ttlSeconds);
    }
    if (permissions != null) {
      wish.put("permissions", new JsonArray(permissions));
    }
    return call("POST", "sessions", wish);
  }

  /** {@code {"status",...}}. */
  JsonObject findSession(String id) {
    return call("GET", "sessions/" + encode(id), null);
  }

  void deleteSession(String id) {
    call("DELETE", "sessions/" + encode(id), null);
  }

  void deleteSessions(String user) {
    call("DELETE", "users/" + encode(user) + "/sessions", null);
  }

  /** {@code {"offset","time"}}; {@code message} has an {@code id}, so a repeat is safe. */
  JsonObject send(JsonObject message) {
    return call("POST", "messages", message);
  }

  JsonObject presence(String channel, List<String> users) {
    StringBuilder query = new StringBuilder("presence");
    char next = '?';
    if (channel != null) {
      query.append(next).append("channel=").append(encode(channel));
      next = '&';
    }
    if (users != null && !users.isEmpty()) {
      query.append(next).append("users=").append(encode(String.join(",", users)));
    }
    return call("GET", query.toString(), null);
  }

  JsonObject nodes() {
    return call("GET", "nodes", null);
  }

  /** Tries again what may be, until the time is over. */
  private JsonObject call(String method, String path, JsonObject body) {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (true) {
      HttpResponse<String> answer = once(method, path, body, deadline);
      if (answer.statusCode() < 300) {
        return answer.body().isEmpty() ? new JsonObject() : json(answer.body());
      }
      boolean again = json(answer.body()).getBoolean("retryable", false);
      if (!again || System.nanoTime() + PAUSE.toNanos() >= deadline) {
        throw refused(answer);
      }
      Pause.of(PAUSE);
    }
  }

  private HttpResponse<String> once(String method, String path, JsonObject body, long deadline) {
    Duration left = Duration.ofNanos(Math.max(1_000_000, deadline - System.nanoTime()));
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(base + "/api/" + path))
            .timeout(left)
            .header("Authorization", "Bearer " + key.value())
            .header("Content-Type", "application/json")
            .method(
                method,
                body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body.encode()))
            .build();
    try {
      return http.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new Failure(Exit.UNAVAILABLE, "cannot reach " + base + ": " + Reason.of(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Exit.UNAVAILABLE, "interrupted");
    }
  }

  private Failure refused(HttpResponse<String> answer) {
    JsonObject body = json(answer.body());
    String code = body.getString("code", "");
    String told = body.getString("message", "no more is said");
    String from = base + " answered " + answer.statusCode() + " " + code + ": " + told;
    return switch (answer.statusCode()) {
      case 401 ->
          new Failure(
              Exit.NOT_ALLOWED, from + "; the key of " + key.source() + " is not the gateway's");
      case 403 -> new Failure(Exit.NOT_ALLOWED, from);
      case 404 ->
          new Failure(
              Exit.REFUSED,
              code.startsWith("unknown_")
                  ? from
                  : from + "; is this a gateway, and has it an API key?");
      case 429, 502, 503, 504 -> new Failure(Exit.UNAVAILABLE, from);
      default -> new Failure(Exit.REFUSED, from);
    };
  }

  /** Empty where it is none: not everything between here and a gateway speaks JSON. */
  private static JsonObject json(String text) {
    try {
      return new JsonObject(text);
    } catch (RuntimeException e) {
      return new JsonObject();
    }
  }

  private static String encode(String segment) {
    return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
