package io.trunkline.node;

import java.lang.reflect.Field;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps JDK 24 and later from printing four lines about Hazelcast's use of {@code sun.misc.Unsafe},
 * which no manifest entry can (JEP 498): does what {@code --sun-misc-unsafe-memory-access=allow}
 * does. Where the JDK does not let it, the lines appear and all else is the same.
 */
final class UnsafeWarnings {
  private static final Logger log = LoggerFactory.getLogger(UnsafeWarnings.class);

  private static final String OPTION = "sun.misc.unsafe.memory.access";
  private static final int FIRST_JDK_THAT_WARNS = 24;

  private UnsafeWarnings() {}

  /** Must come before anything uses Unsafe. An option that was given stays in force. */
  static void silence() {
    if (Runtime.version().feature() < FIRST_JDK_THAT_WARNS) {
      return;
    }
    try {
      Field field = Class.forName("jdk.internal.misc.VM").getDeclaredField("savedProps");
      field.setAccessible(true);
      Map<Object, Object> properties = new HashMap<>((Map<?, ?>) field.get(null));
      properties.putIfAbsent(OPTION, "allow");
      field.set(null, Map.copyOf(properties));
    } catch (ReflectiveOperationException | RuntimeException closed) {
      log.debug("unsafe_warnings_stay reason={}", closed.toString());
    }
  }
}
