package io.trunkline.session;

import io.trunkline.protocol.Shapes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;

/** Finds the message types on the class path. Refuses a name that is malformed or taken. */
final class MessageTypes {
  private MessageTypes() {}

  static List<MessageType<?>> load() {
    List<MessageType<?>> found = new ArrayList<>();
    ServiceLoader.load(MessageType.class).forEach(found::add);
    return check(found);
  }

  /** The same, in the order of their names. */
  static List<MessageType<?>> check(List<MessageType<?>> found) {
    Map<String, MessageType<?>> types = new TreeMap<>();
    found.forEach(type -> add(types, type));
    return List.copyOf(types.values());
  }

  private static void add(Map<String, MessageType<?>> types, MessageType<?> type) {
    String name = type.name();
    if (!Shapes.isType(name)) {
      throw new IllegalStateException(
          type.getClass().getName() + ": expected a name like private_message, got " + name);
    }
    MessageType<?> other = types.putIfAbsent(name, type);
    if (other != null) {
      throw new IllegalStateException(
          "two types are called "
              + name
              + ": "
              + other.getClass().getName()
              + " and "
              + type.getClass().getName());
    }
  }
}
