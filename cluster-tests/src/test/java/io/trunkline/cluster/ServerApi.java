package io.trunkline.cluster;

import io.trunkline.testing.Confidential;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;

/** The server API of one gateway, as an application's back end calls it. Blocks. */
record ServerApi(String host, int port) {
  /** What every gateway of these tests takes. */
  static final String KEY = ProcessCluster.API_KEY;

  private static final HttpClient HTTP = HttpClient.newHttpClient();

  ServerApi(int port) {
    this("127.0.0.1", port);
  }

  /** An answer: its status, and its body where it has one. */
  record Answer(int status, String body) {
    JsonObject json() {
      return new JsonObject(body);
    }
  }

  /** The id of a new session. */
  String login(String user) {
    return login(new JsonObject().put("user", user));
  }

  String login(String user, long ttlSeconds) {
    return login(new JsonObject().put("user", user).put("ttl_seconds", ttlSeconds));
  }

  private String login(JsonObject wish) {
    Answer answer = create(wish);
    if (answer.status() != 201) {
      throw new AssertionError("no session for " + wish.encode() + ": " + answer);
    }
    String session = answer.json().getString("session_id");
    Confidential.keep(session);
    return session;
  }

  Answer create(JsonObject wish) {
    return send("POST", "sessions", BodyPublishers.ofString(wish.encode()));
  }

  Answer find(String sessionId) {
    return send("GET", "sessions/" + sessionId, BodyPublishers.noBody());
  }

  Answer delete(String sessionId) {
    return send("DELETE", "sessions/" + sessionId, BodyPublishers.noBody());
  }

  /** All sessions of a user. */
  Answer deleteAll(String user) {
    return send("DELETE", "users/" + user + "/sessions", BodyPublishers.noBody());
  }

  /** A message of the application's own; fields by name and value. */
  Answer post(Object... fields) {
    JsonObject message = new JsonObject();
    for (int i = 0; i < fields.length; i += 2) {
      message.put((String) fields[i], fields[i + 1]);
    }
    return send("POST", "messages", BodyPublishers.ofString(message.encode()));
  }

  Answer get(String pathAndQuery) {
    return send("GET", pathAndQuery, BodyPublishers.noBody());
  }

  Answer disconnect(String user) {
    return send("POST", "users/" + user + "/disconnect", BodyPublishers.noBody());
  }

  /** One session, by the SHA-256 of its id; {@code userPath} as in {@code users/alice}. */
  Answer end(String userPath, String hash) {
    return send("DELETE", userPath + "/sessions/" + hash, BodyPublishers.noBody());
  }

  Answer drain(String gateway) {
    return send("POST", "nodes/" + gateway + "/drain", BodyPublishers.noBody());
  }

  Answer undrain(String gateway) {
    return send("DELETE", "nodes/" + gateway + "/drain", BodyPublishers.noBody());
  }

  private Answer send(String method, String path, HttpRequest.BodyPublisher body) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://" + host + ":" + port + "/api/" + path))
            .header("Authorization", "Bearer " + KEY)
            .timeout(Duration.ofSeconds(10))
            .method(method, body)
            .build();
    try {
      HttpResponse<String> answer = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
      return new Answer(answer.statusCode(), answer.body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
