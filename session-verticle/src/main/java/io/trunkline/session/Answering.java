package io.trunkline.session;

import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage.NumberedReply;
import io.trunkline.protocol.BusMessage.Replies;
import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.BusMessage.Requests;
import io.vertx.core.Context;
import io.vertx.core.eventbus.Message;
import java.util.ArrayList;
import java.util.List;

/**
 * The answers to one {@link Requests}: those that are ready first are the reply to it, and the
 * others follow, what one turn of the event loop brings in one message. None waits for another.
 *
 * <p>Confined to the event loop that took the message.
 */
final class Answering {
  private final Message<Requests> message;
  private final Context context;
  private final Workplace workplace;
  private List<NumberedReply> ready = new ArrayList<>();

  /** At the end of this turn what is ready leaves. */
  private boolean scheduled;

  private boolean replied;

  Answering(Message<Requests> message, Context context, Workplace workplace) {
    this.message = message;
    this.context = context;
    this.workplace = workplace;
  }

  /**
   * @param number of the request
   * @param reply null: nobody here knows the type
   */
  void add(long number, Reply reply) {
    ready.add(new NumberedReply(number, reply));
    if (!scheduled) {
      scheduled = true;
      context.runOnContext(turn -> send());
    }
  }

  private void send() {
    scheduled = false;
    Requests asked = message.body();
    Replies answers = new Replies(asked.loop(), ready);
    ready = new ArrayList<>();
    if (replied) {
      workplace.bus().send(Addresses.gateway(asked.requests().get(0).node()), answers);
    } else {
      replied = true;
      message.reply(answers);
    }
  }
}
