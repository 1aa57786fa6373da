package io.trunkline.gateway;

import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.BusMessage.Head;
import io.trunkline.protocol.BusMessage.Heads;
import io.trunkline.protocol.BusMessage.LogPage;
import io.trunkline.protocol.BusMessage.ReadHeads;
import io.trunkline.protocol.BusMessage.ReadLog;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * Reads pages of topics' logs through any session service. So many at a time and no more: a
 * reconnect storm waits here, on the gateways, rather than in front of Postgres. Confined to its
 * event loop.
 */
final class LogClient {
  /** Pages on their way for one event loop. */
  private static final int MAX_READING = 64;

  /**
   * Entries of a page, and about how many bytes: what a connection takes before it has to wait for
   * its reader.
   */
  private static final int PAGE_ENTRIES = 256;

  private static final int PAGE_BYTES = 64 * 1024;

  /** As long as the store tries, and the way there and back. */
  private static final long TIMEOUT_MILLIS = 4000;

  private final Questions questions;

  /** One entry at most for each line and each follower, so it is bounded by the connections. */
  private final Deque<Runnable> waiting = new ArrayDeque<>();

  private int reading;

  LogClient(Questions questions) {
    this.questions = questions;
  }

  /** Fails where no session service can read the log now. */
  Future<LogPage> read(String topic, long after) {
    Promise<LogPage> page = Promise.promise();
    waiting.add(() -> start(topic, after, page));
    next();
    return page.future();
  }

  /** How far these topics reach. Fails where no session service can tell now. */
  Future<List<Head>> heads(List<String> topics) {
    return ask(new ReadHeads(topics)).map(answer -> ((Heads) answer).heads());
  }

  private void next() {
    while (reading < MAX_READING && !waiting.isEmpty()) {
      reading++;
      waiting.poll().run();
    }
  }

  private void start(String topic, long after, Promise<LogPage> page) {
    ask(new ReadLog(topic, after, PAGE_ENTRIES, PAGE_BYTES))
        .map(answer -> (LogPage) answer)
        .onComplete(
            result -> {
              reading--;
              page.handle(result);
              next();
            });
  }

  private Future<BusMessage> ask(BusMessage question) {
    return questions.ask(Addresses.LOG, question, TIMEOUT_MILLIS);
  }
}
