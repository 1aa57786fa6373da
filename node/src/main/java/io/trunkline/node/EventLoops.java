package io.trunkline.node;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.List;

/** The event loops of a Vert.x, for what looks at each of them. */
final class EventLoops {
  private EventLoops() {}

  /** A context on each event loop: Vert.x hands the loops out one after another. */
  static List<Context> of(Vertx vertx, int count) {
    List<Context> loops = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      loops.add(((VertxInternal) vertx).createEventLoopContext());
    }
    return loops;
  }
}
