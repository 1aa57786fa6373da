package io.trunkline.session;

import io.trunkline.node.BadSetting;
import io.trunkline.node.Key;
import io.trunkline.node.Settings;
import java.util.List;

/**
 * How sessions live, and where they are.
 *
 * @param ttlSeconds how long one lives when nobody says otherwise
 * @param sliding whether one that is used gets its time again
 * @param permissions what one may do whose row does not say
 * @param query looks a session up in a table of another application; null: our own table. See
 *     {@code docs/sessions.md}
 */
public record SessionRules(
    long ttlSeconds, boolean sliding, List<String> permissions, String query) {

  public SessionRules {
    if (ttlSeconds < 1) {
      throw new IllegalArgumentException("ttlSeconds: expected at least 1, got " + ttlSeconds);
    }
    if (sliding && query != null) {
      throw new IllegalArgumentException("sliding: sessions of another application are not ours");
    }
    permissions = Permissions.checked(permissions);
  }

  /** In our own table, not sliding, allowed everything. */
  public static SessionRules of(long ttlSeconds) {
    return new SessionRules(ttlSeconds, false, Permissions.DEFAULT, null);
  }

  static SessionRules from(Settings settings) {
    String query = settings.text(Key.SESSION_QUERY);
    if (query != null && !query.contains("$1")) {
      throw BadSetting.of(Key.SESSION_QUERY, query, Key.SESSION_QUERY.expected());
    }
    if (query != null && settings.bool(Key.SESSION_SLIDING)) {
      throw BadSetting.of(
          Key.SESSION_SLIDING,
          "true",
          "false: with " + Key.SESSION_QUERY.variable() + " sessions are another application's");
    }
    return new SessionRules(
        settings.integer(Key.SESSION_TTL_SECONDS),
        settings.bool(Key.SESSION_SLIDING),
        permissions(settings),
        query);
  }

  private static List<String> permissions(Settings settings) {
    try {
      return Permissions.checked(settings.list(Key.SESSION_PERMISSIONS));
    } catch (IllegalArgumentException bad) {
      throw BadSetting.of(
          Key.SESSION_PERMISSIONS, settings.text(Key.SESSION_PERMISSIONS), bad.getMessage());
    }
  }

  public SessionRules withSliding() {
    return new SessionRules(ttlSeconds, true, permissions, query);
  }

  public SessionRules withPermissions(List<String> names) {
    return new SessionRules(ttlSeconds, sliding, names, query);
  }

  public SessionRules withQuery(String text) {
    return new SessionRules(ttlSeconds, sliding, permissions, text);
  }
}
