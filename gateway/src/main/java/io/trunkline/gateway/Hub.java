package io.trunkline.gateway;

import io.trunkline.protocol.BusMessage.Delivery;
import io.trunkline.protocol.BusMessage.Head;
import io.trunkline.protocol.BusMessage.LogPage;
import io.trunkline.protocol.Directive;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Topic to connections, for one event loop: the local end of the fan-out. Knows what to do with
 * what {@link Outbound} brings and tells {@link Interest} when a topic gets its first follower here
 * or loses its last.
 *
 * <p>Confined to its event loop.
 */
final class Hub implements TopicLine.Host {
  /** Topics of one question; a page of index look-ups for Postgres. */
  private static final int RECHECK_BATCH = 500;

  private static final long RECHECK_RETRY_MILLIS = 1000;

  private final Loop loop;
  private final Interest interest;
  private final LogClient logClient;
  private final Cursors cursors;
  private final Map<String, TopicLine> lines = new HashMap<>();

  /** For each line, done once the session services know that this node follows it. */
  private final Map<String, Future<Void>> announced = new HashMap<>();

  /** Topics still to be compared with the log; empty when there is no doubt. */
  private final Set<String> rechecking = new LinkedHashSet<>();

  Hub(Loop loop, Interest interest, LogClient logClient, Cursors cursors) {
    this.loop = loop;
    this.interest = interest;
    this.logClient = logClient;
    this.cursors = cursors;
  }

  /**
   * Follows a topic: what its log has already, then live. The follower begins when it is told to,
   * which must not be before the topic is {@link #announced}: the log is read only when the session
   * services know of us, so that nothing falls between.
   */
  Follower follow(Connection connection, Directive.Follow wish) {
    TopicLine line = lines.computeIfAbsent(wish.topic(), name -> new TopicLine(name, this));
    Follower follower =
        wish.isLogged()
            ? line.add(connection, wish.after(), wish.cursor())
            : line.addUnlogged(connection, wish.keep());
    announced.computeIfAbsent(wish.topic(), name -> interest.follow(name, this));
    return follower;
  }

  /** Done once the session services know that {@code topic}, which is followed, is. */
  Future<Void> announced(String topic) {
    return announced.get(topic);
  }

  void unfollow(Follower follower) {
    TopicLine line = follower.line();
    line.remove(follower);
    if (line.isEmpty() && lines.remove(line.topic(), line)) {
      announced.remove(line.topic());
      interest.unfollow(line.topic(), this);
    }
  }

  /** Frames for topics that are followed here, or were a moment ago. */
  void deliver(List<Delivery> deliveries) {
    for (Delivery delivery : deliveries) {
      TopicLine line = lines.get(delivery.topic());
      if (line != null) {
        line.offer(delivery);
      }
    }
  }

  void heads(List<Head> heads) {
    for (Head head : heads) {
      TopicLine line = lines.get(head.topic());
      if (line != null) {
        line.head(head.offset());
      }
    }
  }

  /**
   * Frames may have been lost without a trace, since a session service did not know of us for a
   * while: every topic followed here is compared with the log.
   */
  void recheck() {
    boolean idle = rechecking.isEmpty();
    lines.values().stream()
        .filter(TopicLine::isLogged)
        .forEach(line -> rechecking.add(line.topic()));
    if (idle) {
      recheckNext();
    }
  }

  private void recheckNext() {
    List<String> batch = rechecking.stream().limit(RECHECK_BATCH).toList();
    if (batch.isEmpty()) {
      return;
    }
    logClient
        .heads(batch)
        .onComplete(
            heads -> {
              heads(heads);
              batch.forEach(rechecking::remove);
              recheckNext();
            },
            e -> later(RECHECK_RETRY_MILLIS, this::recheckNext));
  }

  Loop loop() {
    return loop;
  }

  @Override
  public Future<LogPage> read(String topic, long after) {
    return logClient.read(topic, after);
  }

  @Override
  public void later(long millis, Runnable task) {
    loop.context().setTimer(millis, id -> task.run());
  }

  @Override
  public void confirmCursor(String session) {
    cursors.confirm(session);
  }

  @Override
  public void cursorDue(Follower follower) {
    cursors.due(follower);
  }

  @Override
  public void moveCursor(String session, long offset) {
    cursors.move(session, offset);
  }

  @Override
  public Counts counts() {
    return loop.counts();
  }

  @Override
  public TextFrame textFrame(byte[] payload) {
    return new TextFrame(payload, loop.deflate());
  }
}
