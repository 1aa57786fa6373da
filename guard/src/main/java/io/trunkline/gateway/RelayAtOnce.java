package io.trunkline.gateway;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.trunkline.gateway.Shortcuts.Shortcut;
import io.trunkline.guard.CallersLoop;
import io.trunkline.guard.HotPath;
import io.trunkline.guard.Sample;
import io.trunkline.node.DeliveryMeters;
import io.trunkline.node.Peers;
import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage.Deliver;
import io.trunkline.protocol.BusMessage.Done;
import io.trunkline.protocol.Directive;
import io.trunkline.protocol.Frames;
import io.trunkline.protocol.JsonFrame;
import io.vertx.core.eventbus.Message;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A message to an ephemeral channel that a session service has allowed a moment ago, from the
 * client's frame to the batch that the one other gateway with followers gets.
 */
public final class RelayAtOnce implements HotPath {
  private static final String CHANNEL = "live.scores";
  private static final String GATEWAY = "g2";

  /** A day: longer than anything is measured. */
  private static final int MILLIS = 86_400_000;

  private static final byte[] HEAD =
      "{\"type\":\"message\",\"channel\":\"live.scores\",\"sender\":\"alice\""
          .getBytes(StandardCharsets.UTF_8);

  private final CallersLoop callers = new CallersLoop();
  private final Loop loop = callers.make(() -> new Loop(callers.vertx()));
  private final Relaying relaying =
      callers.make(
          () ->
              new Relaying(
                  loop,
                  "g1",
                  topic -> List.of(),
                  new Peers(
                      callers.vertx(), new DeliveryMeters(new SimpleMeterRegistry()), g -> true),
                  null));
  private final Shortcuts shortcuts = new Shortcuts("publish");
  private final byte[] request = Sample.publish();
  private final Runnable carryOut = this::carryOut;

  /** Frames that the gateway got. */
  private long delivered;

  public RelayAtOnce() {
    Directive.Relay relay =
        new Directive.Relay(
            "channel:" + CHANNEL, CHANNEL, HEAD, List.of(GATEWAY), "s1", 1, MILLIS, null);
    shortcuts.put(
        CHANNEL, new Shortcut(HEAD, relaying.learn(relay, loop.now()), loop.now() + MILLIS));
    callers.turn(
        () ->
            callers
                .vertx()
                .eventBus()
                .<Deliver>consumer(Addresses.gateway(GATEWAY), this::deliver));
  }

  private void deliver(Message<Deliver> batch) {
    delivered += batch.body().deliveries().size();
    if (batch.replyAddress() != null) {
      batch.reply(new Done());
    }
  }

  @Override
  public void run() {
    long before = delivered;
    callers.turn(carryOut);
    if (delivered != before + 1) {
      throw new IllegalStateException("not carried out");
    }
  }

  private void carryOut() {
    JsonFrame frame = JsonFrame.parse(request);
    Shortcut shortcut = shortcuts.find("publish", frame, "alice", loop.now());
    long time = System.currentTimeMillis();
    if (Frames.ack(frame.id(), time) == null) {
      throw new IllegalStateException("no ack");
    }
    relaying.send(shortcut.way(), Frames.message(shortcut.head(), frame, time), null);
  }

  @Override
  public void close() {
    loop.stop();
    callers.close();
  }
}
