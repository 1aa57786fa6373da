package io.trunkline.gateway;

import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What this event loop has asked other nodes and has no answer to. When a node is lost, whatever
 * stays without an answer may have been that node's, and is asked again rather than waited for.
 *
 * <p>Confined to its event loop, and bounded by what its users have on their way.
 */
final class Unanswered {
  /** Within this a service that lives has answered, as a rule; most of it is the bus' own time. */
  static final long GRACE_MILLIS = 200;

  private final Vertx vertx;
  private final Set<Runnable> questions = new HashSet<>();

  Unanswered(Vertx vertx) {
    this.vertx = vertx;
  }

  /**
   * @param askAgain called when a node was lost after this; until {@link #remove}
   */
  void add(Runnable askAgain) {
    questions.add(askAgain);
  }

  void remove(Runnable askAgain) {
    questions.remove(askAgain);
  }

  /** What is asked from now on goes to other nodes. */
  void nodeLost() {
    List<Runnable> perhapsLost = new ArrayList<>(questions);
    if (!perhapsLost.isEmpty()) {
      vertx.setTimer(GRACE_MILLIS, timer -> askAgain(perhapsLost));
    }
  }

  private void askAgain(List<Runnable> perhapsLost) {
    for (Runnable question : perhapsLost) {
      if (questions.contains(question)) {
        question.run();
      }
    }
  }
}
