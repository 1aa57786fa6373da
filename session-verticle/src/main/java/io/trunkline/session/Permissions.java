package io.trunkline.session;

import io.trunkline.node.Key;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a session may do. What is not named is forbidden: {@code broadcast}, {@code presence},
 * {@code publish:<pattern>}, {@code subscribe:<pattern>}, with patterns as {@link NamePattern}
 * reads them. Handlers of one's own may ask for other names.
 */
final class Permissions {
  static final String BROADCAST = "broadcast";
  static final String PRESENCE = "presence";
  static final String PUBLISH = "publish";
  static final String SUBSCRIBE = "subscribe";

  /** Of one session; they travel with each of its requests. */
  static final int MOST = 100;

  /** What holds where the operator says nothing: everything, as older clients expect. */
  static final List<String> DEFAULT =
      Stream.of(Key.SESSION_PERMISSIONS.absent().split(",")).toList();

  /** An action, and for some of them a pattern of as many characters as a name may have. */
  private static final Pattern SHAPE = Pattern.compile("[a-z][a-z0-9_]{0,63}(:.{0,128})?");

  private Permissions() {}

  /**
   * The same, checked.
   *
   * @throws IllegalArgumentException naming the one that is none
   */
  static List<String> checked(List<String> permissions) {
    if (permissions.size() > MOST) {
      throw new IllegalArgumentException("at most " + MOST + " permissions");
    }
    for (String permission : permissions) {
      boolean needsPattern = permission.equals(PUBLISH) || permission.equals(SUBSCRIBE);
      if (needsPattern || !SHAPE.matcher(permission).matches()) {
        throw new IllegalArgumentException(
            "permissions like broadcast, presence, publish:news.*, subscribe:*, not " + permission);
      }
    }
    return List.copyOf(permissions);
  }

  /** Whether one of {@code permissions} names this action with this channel. */
  static boolean allow(List<String> permissions, String action, String channel) {
    String prefix = action + ":";
    return permissions.stream()
        .filter(name -> name.startsWith(prefix))
        .anyMatch(name -> new NamePattern(name.substring(prefix.length())).matches(channel));
  }
}
