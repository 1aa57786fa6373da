package io.trunkline.gateway;

import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.BusMessage.Refused;
import io.trunkline.protocol.ErrorCode;
import io.trunkline.protocol.JsonFrame;
import io.trunkline.protocol.Refusal;
import io.trunkline.protocol.Shapes;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.TimeUnit;

/** What the parts of the server API share: questions to a session service, bodies, answers. */
record ApiCalls(Vertx vertx) {
  /** Below the 5 s after which callers think that nobody is there. */
  private static final DeliveryOptions OPTIONS = new DeliveryOptions().setSendTimeout(4500);

  /** A session service that is only just there, or the last of them restarts: a second or two. */
  private static final int NO_HANDLER_TRIES = 20;

  private static final int NO_HANDLER_PAUSE_MILLIS = 100;

  /**
   * Fails with a {@link Refusal}. Asks again only where nobody had the question: whoever must not
   * do a thing twice gives an id.
   */
  Future<BusMessage> ask(BusMessage question) {
    return ask(question, NO_HANDLER_TRIES)
        .recover(
            e -> Future.failedFuture(Refusal.unavailable("the session service can't be reached")))
        .compose(
            answer ->
                answer.body() instanceof Refused refused
                    ? Future.failedFuture(new Refusal(refused.code(), refused.message()))
                    : Future.succeededFuture(answer.body()));
  }

  private Future<Message<BusMessage>> ask(BusMessage question, int tries) {
    return vertx
        .eventBus()
        .<BusMessage>request(Addresses.SESSIONS, question, OPTIONS)
        .recover(
            failure ->
                tries > 1 && isForNobody(failure)
                    ? vertx
                        .timer(NO_HANDLER_PAUSE_MILLIS, TimeUnit.MILLISECONDS)
                        .compose(waited -> ask(question, tries - 1))
                    : Future.failedFuture(failure));
  }

  private static boolean isForNobody(Throwable failure) {
    return failure instanceof ReplyException reply
        && reply.failureType() == ReplyFailure.NO_HANDLERS;
  }

  /**
   * The request's body.
   *
   * @throws Refusal {@code bad_json}
   */
  static JsonFrame body(RoutingContext context) {
    byte[] bytes =
        context.body().buffer() == null ? new byte[0] : context.body().buffer().getBytes();
    Utf8Validator utf8 = new Utf8Validator();
    if (!utf8.accept(bytes, 0, bytes.length) || !utf8.complete()) {
      throw new Refusal(ErrorCode.BAD_JSON, "expected UTF-8");
    }
    return JsonFrame.parse(bytes);
  }

  /**
   * The same, if it is the name of a user or a channel.
   *
   * @throws Refusal {@code bad_request}
   */
  static String name(String field, String value) {
    if (!Shapes.isName(value)) {
      throw Refusal.badRequest(
          field
              + ": expected 1 to "
              + Shapes.MAX_NAME
              + " characters, none of them a control character");
    }
    return value;
  }

  static Future<Void> send(RoutingContext context, int status, byte[] body) {
    context.response().setStatusCode(status);
    Answers.json(context.response(), body);
    return Future.succeededFuture();
  }

  /** Done, nothing to tell. */
  static Future<Void> sendNothing(RoutingContext context) {
    return context.response().setStatusCode(204).end();
  }
}
