package io.trunkline.session;

import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.JsonFrame;
import io.vertx.core.Future;

/**
 * One type of client frames, and the only place that knows it. The set is open: a jar that names
 * its types in {@code META-INF/services/io.trunkline.session.MessageType} adds them.
 *
 * <p>One instance serves all event loops at once, so it keeps nothing between calls and never
 * blocks. What it refuses it fails with a {@link io.trunkline.protocol.Refusal}, which the client
 * reads; any other failure is logged, and the client reads {@code unavailable}.
 *
 * @param <F> the fields of the frame, a record
 */
public interface MessageType<F> {
  /** The {@code type} of the frames. */
  String name();

  /** Whether a frame before there is a session is refused with {@code unauthenticated}. */
  default boolean needsSession() {
    return true;
  }

  /** The permission without which a frame is refused with {@code forbidden}, or null. */
  default String permission() {
    return null;
  }

  /**
   * Takes the fields out of a frame.
   *
   * @throws io.trunkline.protocol.Refusal {@code bad_request}, naming the field that is not right
   */
  F read(JsonFrame frame);

  /** Does what the frame asks for. */
  Future<Reply> handle(F fields, Call call);
}
