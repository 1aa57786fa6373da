package io.trunkline.session;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicInteger;

/** The users in one place. One thread writes, any may read. */
final class Attendance {
  static final Attendance NOBODY = new Attendance();

  private final ConcurrentSkipListSet<String> users = new ConcurrentSkipListSet<>();

  /** Size of {@link #users}, whose own is slow. */
  private final AtomicInteger count = new AtomicInteger();

  void add(String user) {
    if (users.add(user)) {
      count.incrementAndGet();
    }
  }

  void remove(String user) {
    if (users.remove(user)) {
      count.decrementAndGet();
    }
  }

  int count() {
    return count.get();
  }

  boolean has(String user) {
    return users.contains(user);
  }

  /** The first names in sorted order, at most {@code limit}. */
  List<String> first(int limit) {
    List<String> first = new ArrayList<>();
    for (String user : users) {
      if (first.size() == limit) {
        break;
      }
      first.add(user);
    }
    return first;
  }
}
