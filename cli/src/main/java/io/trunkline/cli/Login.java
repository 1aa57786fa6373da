package io.trunkline.cli;

import java.util.List;

/**
 * The session that a command acts with: one that it was given, or one that it makes for itself and
 * ends with itself.
 */
final class Login implements AutoCloseable {
  /** A client that runs for longer makes another one. */
  private static final long TTL_SECONDS = 3600;

  private final Api api;
  private final String user;
  private volatile String id;

  private Login(Api api, String user, String id) {
    this.api = api;
    this.user = user;
    this.id = id;
  }

  static Login given(String id) {
    return new Login(null, null, id);
  }

  static Login made(Api api, String user) {
    return new Login(api, user, create(api, user));
  }

  private static String create(Api api, String user) {
    return api.createSession(user, TTL_SECONDS, (List<String>) null).getString("session_id");
  }

  String id() {
    return id;
  }

  /** Whether {@link #renew} can help when the session has ended. */
  boolean isOwn() {
    return api != null;
  }

  void renew() {
    id = create(api, user);
  }

  @Override
  public void close() {
    if (api != null) {
      try {
        api.deleteSession(id);
      } catch (Failure e) {
        // It ends by itself within the hour.
      }
    }
  }
}
