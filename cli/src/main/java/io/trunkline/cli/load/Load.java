package io.trunkline.cli.load;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A scenario: who connects, what is sent when it is due, and what must have come in the end. {@link
 * Run} calls the methods in their order here; those that are on a lane say so.
 */
abstract class Load {
  final Plan plan;

  /** Begins the names of this run's users and channels. */
  final String name;

  private final AtomicInteger connected = new AtomicInteger();
  private final AtomicInteger failed = new AtomicInteger();
  private final AtomicInteger dropped = new AtomicInteger();
  private volatile boolean over;

  Load(Plan plan, String name) {
    this.plan = plan;
    this.name = name;
  }

  /** What has to be there first; blocks. */
  void prepare(Accounts accounts, List<Lane> lanes) {}

  /** Connections that are opened before the load begins. */
  int connections() {
    return plan.connections();
  }

  /** Opens connection {@code index}; it says {@link #connected} or {@link #failed}. On its lane. */
  abstract void open(int index, Lane lane);

  /** What is due with number {@code number} now, on a lane that shares the numbers. */
  abstract void fire(int number, long due, Lane lane);

  /** The lane that has connection {@code index}. */
  final int laneOf(int index) {
    return index % plan.lanes();
  }

  /** How many lanes fire; they share the numbers. */
  int firingLanes() {
    return plan.lanes();
  }

  /** Begins a closed loop. On no lane. */
  void startClosed(List<Lane> lanes) {
    throw new UnsupportedOperationException();
  }

  /** Whether {@code --in-flight} means something here. */
  boolean canBeClosed() {
    return false;
  }

  /** Whether everything that was sent has come; asked while the run drains. On any thread. */
  abstract boolean isSettled(Counts counts);

  /** How long it is fired for, after the warm-up. */
  double seconds() {
    return plan.seconds();
  }

  int warmupSeconds() {
    return plan.warmupSeconds();
  }

  /** The load has been fired; what comes is still counted. */
  void fired() {}

  /** Whether all were connected, stayed or came back, and had their answers. */
  boolean isWhole() {
    return failed.get() == 0 && dropped.get() == 0;
  }

  /**
   * What this scenario alone has to tell, once the lanes rest; null: nothing.
   *
   * @param begin of what counts, {@link System#nanoTime}
   */
  JsonObject details(long begin) {
    return null;
  }

  /** What was lost, repeated and so on, once the lanes rest. */
  abstract Verdict verdict(Counts counts);

  /** Closes everything. On no lane; the lanes do it. */
  abstract void close();

  final void connected(Member member) {
    connected.incrementAndGet();
  }

  final void failed(Member member) {
    failed.incrementAndGet();
  }

  /** It was connected, and its connection ended before the run did. */
  final void dropped(Member member) {
    dropped.incrementAndGet();
  }

  final int droppedSoFar() {
    return dropped.get();
  }

  final int connectedSoFar() {
    return connected.get();
  }

  final int failedSoFar() {
    return failed.get();
  }

  final boolean isOver() {
    return over;
  }

  final void over() {
    over = true;
  }

  /** Closes a scenario's members, each on its lane. */
  static void closeAll(List<? extends Member> members) {
    for (Member member : members) {
      if (member.wire != null) {
        member.lane.loop.execute(member.wire::close);
      }
    }
  }
}
