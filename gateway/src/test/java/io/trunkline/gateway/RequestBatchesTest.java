package io.trunkline.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusCodec;
import io.trunkline.protocol.BusMessage.NumberedReply;
import io.trunkline.protocol.BusMessage.Replies;
import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.BusMessage.Request;
import io.trunkline.protocol.BusMessage.Requests;
import io.trunkline.testing.Await;
import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RequestBatchesTest {
  private static final int TIMEOUT_MILLIS = 1500;

  private final Vertx vertx = Vertx.vertx();
  private final Context context = vertx.getOrCreateContext();
  private final List<Message<Requests>> batches = new CopyOnWriteArrayList<>();
  private RequestBatches asking;

  /** What one asker was told, in order. */
  private static final class Told implements RequestBatches.Asker {
    final Queue<String> words = new ConcurrentLinkedQueue<>();

    @Override
    public void answered(Reply reply) {
      words.add(new String(reply.frame(), UTF_8));
    }

    @Override
    public void notHere() {
      words.add("not here");
    }

    @Override
    public void failed(ReplyFailure kind) {
      words.add(kind.name());
    }
  }

  @BeforeEach
  void start() {
    BusCodec.register(vertx.eventBus());
    onLoop(() -> asking = new RequestBatches(vertx, new Loop(vertx), 3));
  }

  @AfterEach
  void stop() {
    Await.result(vertx.close());
  }

  @Test
  void whatOneTurnAsksIsOneMessageAndEachIsAnswered() {
    serve();
    List<Told> told = ask(3);
    awaitBatches(1);
    assertThat(batches.get(0).body().requests())
        .extracting(Request::type)
        .containsExactly("0", "1", "2");
    batches.get(0).reply(replies(0, 0, 1, 2));
    IntStream.range(0, 3).forEach(i -> awaitWord(told.get(i), "answer " + i));
  }

  @Test
  void whoIsAnsweredFirstWaitsForNobody() {
    serve();
    List<Told> told = ask(3);
    awaitBatches(1);
    batches.get(0).reply(replies(0, 2));
    awaitWord(told.get(2), "answer 2");
    assertThat(told.get(0).words).isEmpty();
    later(replies(0, 1));
    later(replies(0, 0));
    awaitWord(told.get(1), "answer 1");
    awaitWord(told.get(0), "answer 0");
  }

  @Test
  void whoGetsNoAnswerIsToldSoAndTheOthersAreNot() {
    serve();
    List<Told> told = ask(2);
    awaitBatches(1);
    batches.get(0).reply(replies(0, 0));
    awaitWord(told.get(1), "TIMEOUT");
    assertThat(told.get(0).words).containsExactly("answer 0");
  }

  @Test
  void anAnswerThatComesTooLateIsNoAnswer() {
    serve();
    List<Told> told = ask(1);
    awaitBatches(1);
    awaitWord(told.get(0), "TIMEOUT");
    later(replies(0, 0));
    List<Told> next = ask(1);
    awaitBatches(2);
    batches.get(1).reply(replies(1, 0));
    awaitWord(next.get(0), "answer 0");
    assertThat(told.get(0).words).containsExactly("TIMEOUT");
  }

  @Test
  void aTypeThatNobodyHereTakesIsAskedForElsewhere() {
    serve();
    List<Told> told = ask(1);
    awaitBatches(1);
    long number = batches.get(0).body().first();
    batches.get(0).reply(new Replies(3, List.of(new NumberedReply(number, null))));
    awaitWord(told.get(0), "not here");
  }

  @Test
  void whereNobodyTakesBatchesNoneAreSentForASecond() {
    Told told = ask(1).get(0);
    awaitWord(told, "not here");
    onLoop(() -> assertThat(asking.isOpen()).isFalse());
    serve();
    Await.until(this::isOpen, Duration.ofSeconds(3), "batches are sent again");
  }

  @Test
  void aBatchHasAtMost64Requests() {
    serve();
    ask(150);
    Await.until(() -> requests() == 150, "all are asked");
    assertThat(batches)
        .allSatisfy(b -> assertThat(b.body().requests()).hasSizeLessThanOrEqualTo(64));
  }

  @Test
  void theBusyShareMessagesAlsoBetweenTurns() {
    serve();
    Promise<Void> done = Promise.promise();
    int[] left = {5000};
    context.runOnContext(task -> turn(left, done));
    Await.result(done.future());
    Await.until(() -> requests() == 5000, "all are asked");
    assertThat(batches.size()).isLessThan(2500);
  }

  /** One request in each turn, one turn after another. */
  private void turn(int[] left, Promise<Void> done) {
    if (left[0]-- == 0) {
      done.complete();
      return;
    }
    asking.ask(request(0), new Told());
    context.runOnContext(next -> turn(left, done));
  }

  private void serve() {
    Await.result(
        vertx.eventBus().<Requests>consumer(Addresses.REQUESTS, batches::add).completion());
  }

  /** In one turn. */
  private List<Told> ask(int count) {
    List<Told> told = new ArrayList<>();
    onLoop(
        () -> {
          for (int i = 0; i < count; i++) {
            told.add(new Told());
            asking.ask(request(i), told.get(i));
          }
        });
    return told;
  }

  private static Request request(int i) {
    return new Request("" + i, "c-1", "g1", 25, 1, TIMEOUT_MILLIS, null, null, new byte[10]);
  }

  /** To these requests of a batch, by their places in it. */
  private Replies replies(int batch, int... places) {
    long first = batches.get(batch).body().first();
    return new Replies(
        3,
        IntStream.of(places)
            .mapToObj(i -> new NumberedReply(first + i, Reply.of(("answer " + i).getBytes(UTF_8))))
            .toList());
  }

  private void later(Replies replies) {
    onLoop(() -> asking.answered(replies));
  }

  private int requests() {
    return batches.stream().mapToInt(batch -> batch.body().requests().size()).sum();
  }

  private void awaitBatches(int count) {
    Await.until(() -> batches.size() >= count, "batch " + count);
  }

  private static void awaitWord(Told told, String word) {
    Await.until(() -> told.words.contains(word), Duration.ofSeconds(5), word);
  }

  private boolean isOpen() {
    boolean[] open = new boolean[1];
    onLoop(() -> open[0] = asking.isOpen());
    return open[0];
  }

  private void onLoop(Runnable work) {
    Promise<Void> done = Promise.promise();
    context.runOnContext(
        task -> {
          try {
            work.run();
            done.complete();
          } catch (Throwable failure) {
            done.fail(failure);
          }
        });
    Await.result(done.future());
  }
}
