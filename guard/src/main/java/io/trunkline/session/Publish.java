package io.trunkline.session;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.trunkline.guard.CallersLoop;
import io.trunkline.guard.HotPath;
import io.trunkline.guard.Sample;
import io.trunkline.node.Trace;
import io.trunkline.node.Tracing;
import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage.Caller;
import io.trunkline.protocol.BusMessage.Deliver;
import io.trunkline.protocol.BusMessage.Done;
import io.trunkline.protocol.BusMessage.Following;
import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.BusMessage.Request;
import io.trunkline.protocol.JsonFrame;
import io.trunkline.session.message.PublishType;
import io.vertx.core.Future;
import io.vertx.core.eventbus.Message;
import java.util.List;

/**
 * A {@code publish} on an ephemeral channel from the request's arrival to its answer, and its frame
 * through the outbox to a gateway that follows the channel, on this process' bus. What is between,
 * {@link SessionVerticle}, needs a database to begin and is left out.
 */
public final class Publish implements HotPath {
  private static final String GATEWAY = "g1";
  private static final String TOPIC = "channel:live.scores";

  private final CallersLoop loop = new CallersLoop();
  private final Counters counters = new Counters(new SimpleMeterRegistry());
  private final Directory directory = new Directory();
  private final PublishType type = new PublishType();
  private final Request request =
      new Request(
          "publish",
          "g1-2-7f",
          GATEWAY,
          25,
          1,
          5000,
          new Caller("alice", "5e55", Permissions.DEFAULT),
          null,
          Sample.publish());
  private final Workplace workplace = loop.make(this::workplace);
  private final Runnable carryOut = this::carryOut;
  private Future<Reply> answer;

  /** Frames that the gateway got. */
  private long delivered;

  public Publish() {
    directory.apply(new Following(GATEWAY, 1, 1, true, List.of(TOPIC), List.of()));
    loop.turn(
        () -> loop.vertx().eventBus().<Deliver>consumer(Addresses.gateway(GATEWAY), this::deliver));
  }

  private void deliver(Message<Deliver> batch) {
    delivered += batch.body().deliveries().size();
    if (batch.replyAddress() != null) {
      batch.reply(new Done());
    }
  }

  private Workplace workplace() {
    return new Workplace(
        loop.vertx().eventBus(),
        null,
        null,
        null,
        null,
        null,
        new Outbox(loop.vertx(), directory, counters),
        null,
        directory,
        ChannelRules.DEFAULT,
        null,
        new Relays(loop.vertx().eventBus(), "s", directory, gateway -> false, () -> 0),
        counters,
        Tracing.off());
  }

  @Override
  public void run() {
    long before = delivered;
    loop.turn(carryOut);
    if (!answer.succeeded() || delivered != before + 1) {
      throw new IllegalStateException("not carried out: " + answer);
    }
  }

  private void carryOut() {
    JsonFrame frame = JsonFrame.parse(request.body());
    Call call = new Call(request, frame.id(), workplace, Trace.NONE);
    Checks.mayCall(type, frame, request.caller());
    answer = type.handle(type.read(frame), call);
  }

  @Override
  public void close() {
    loop.close();
  }
}
