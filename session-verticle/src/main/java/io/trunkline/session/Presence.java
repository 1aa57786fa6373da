package io.trunkline.session;

import java.util.List;

/**
 * Who is online, on whichever gateway, and who of them is in which channel. Read from memory, at
 * any time, from any thread.
 */
public interface Presence {
  /** How many users are online; exact. */
  int count();

  /** The first of their names in sorted order, at most {@code limit}. */
  List<String> users(int limit);

  boolean isOnline(String user);

  /** How many users are in {@code channel}; exact. */
  int countIn(String channel);

  /** The first of their names in sorted order, at most {@code limit}. */
  List<String> usersIn(String channel, int limit);

  boolean isIn(String channel, String user);

  /** The gateways on which {@code user} has connections. */
  List<String> gatewaysOf(String user);
}
