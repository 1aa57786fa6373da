package io.trunkline.gateway;

import io.trunkline.protocol.BusMessage;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;

/**
 * Questions of this gateway's own to whichever session service, such that it does no harm to ask
 * twice. Where one service does not answer soon, or a node is lost, another is asked as well, since
 * clients wait. Confined to its event loop.
 */
final class Questions {
  /**
   * Far beyond what an answer takes. The first question stays open: a database that takes longer
   * would otherwise never be heard.
   */
  private static final long ASK_AGAIN_MILLIS = 1000;

  /** So that nobody spins while a node that has died is still listed. */
  private static final long UNSENT_PAUSE_MILLIS = 50;

  /** When the database is slow it gets so many times the questions, and no more. */
  private static final int MOST_QUESTIONS = 3;

  private final Vertx vertx;
  private final Unanswered unanswered;

  Questions(Vertx vertx, Unanswered unanswered) {
    this.vertx = vertx;
    this.unanswered = unanswered;
  }

  /**
   * What comes first: an answer, a failure, or the end of the first question's time. That nobody is
   * there is told at once.
   */
  Future<BusMessage> ask(String address, BusMessage question, long timeoutMillis) {
    Promise<BusMessage> answer = Promise.promise();
    new Asking(address, question, timeoutMillis, answer).ask();
    return answer.future();
  }

  private final class Asking {
    private final String address;
    private final BusMessage question;
    private final DeliveryOptions options;
    private final Promise<BusMessage> answer;
    private final Runnable again = this::ask;
    private int asked;

    /** Until the next question where no answer comes; meaningless before the first. */
    private long timer;

    Asking(String address, BusMessage question, long timeoutMillis, Promise<BusMessage> answer) {
      this.address = address;
      this.question = question;
      this.options = new DeliveryOptions().setSendTimeout(timeoutMillis);
      this.answer = answer;
      unanswered.add(again);
      answer.future().onComplete(answered -> end());
    }

    private void end() {
      unanswered.remove(again);
      vertx.cancelTimer(timer);
    }

    void ask() {
      if (answer.future().isComplete() || asked == MOST_QUESTIONS) {
        return;
      }
      asked++;
      vertx.cancelTimer(timer);
      timer = vertx.setTimer(ASK_AGAIN_MILLIS, id -> ask());
      vertx
          .eventBus()
          .<BusMessage>request(address, question, options)
          .onComplete(this::succeeded, this::failed);
    }

    private void succeeded(Message<BusMessage> message) {
      answer.tryComplete(message.body());
    }

    private void failed(Throwable failure) {
      if (asked < MOST_QUESTIONS && isUnsent(failure)) {
        vertx.setTimer(UNSENT_PAUSE_MILLIS, id -> ask());
      } else {
        answer.tryFail(failure);
      }
    }

    /** Its node has just died, and others may be there. */
    private static boolean isUnsent(Throwable failure) {
      return !(failure instanceof ReplyException e) || e.failureType() == ReplyFailure.ERROR;
    }
  }
}
