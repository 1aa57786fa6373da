package io.trunkline.session;

import io.trunkline.node.Node;
import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage.Requests;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.internal.ContextInternal;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Where the gateways' batches of requests come in. They are carried out where they are read, on the
 * bus' own event loop, as long as that is not too much for one loop; the rest goes to all loops in
 * turn. A change of thread costs as much as a small request.
 */
final class Reception {
  /**
   * Requests a millisecond that stay on the bus' event loop: some half of what one loop can do,
   * which has the bus to read and to write as well.
   */
  private static final int OWN_PER_MILLI = 8;

  /**
   * Requests in hand there beyond which others take the rest: a database that is slow fills all
   * event loops alike before anything is refused.
   */
  private static final int OWN_IN_HAND = 256;

  private final ContextInternal context;
  private final List<SessionVerticle> verticles;

  /** The one on the bus' event loop, or null. */
  private final SessionVerticle near;

  private MessageConsumer<Requests> consumer;

  /** The millisecond in which {@link #taken} were kept here; of a clock that never jumps. */
  private long milli;

  private int taken;
  private int turn;

  /**
   * @param verticles that have started; never empty
   */
  Reception(Node node, List<SessionVerticle> verticles) {
    this.context = node.busContext();
    this.verticles = List.copyOf(verticles);
    this.near =
        verticles.stream()
            .filter(verticle -> verticle.isOn(context.nettyEventLoop()))
            .findFirst()
            .orElse(null);
  }

  /** Done when every node of the cluster can reach it. */
  Future<Void> open() {
    Promise<Void> opened = Promise.promise();
    context.runOnContext(
        task -> {
          consumer = context.owner().eventBus().consumer(Addresses.REQUESTS, this::onRequests);
          consumer.completion().onComplete(opened);
        });
    return opened.future();
  }

  Future<Void> close() {
    return consumer.unregister();
  }

  private void onRequests(Message<Requests> message) {
    choose(message.body().requests().size()).take(message);
  }

  private SessionVerticle choose(int requests) {
    long now = TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    if (now != milli) {
      milli = now;
      taken = 0;
    }
    if (near != null && taken < OWN_PER_MILLI && near.inHand() < OWN_IN_HAND) {
      taken += requests;
      return near;
    }
    turn = (turn + 1) % verticles.size();
    return verticles.get(turn);
  }
}
