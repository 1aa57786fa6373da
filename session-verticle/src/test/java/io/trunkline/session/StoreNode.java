package io.trunkline.session;

import io.trunkline.protocol.FrameWriter;
import io.trunkline.testing.Await;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.time.Duration;
import java.util.function.Supplier;

/** The stores of one session service, on an event loop of their own. */
final class StoreNode implements AutoCloseable {
  final Database database;
  final LogStore log;
  final SessionStore sessions;
  final CursorStore cursors;
  private final Vertx vertx;
  private final Context context;

  private StoreNode(Vertx vertx, Context context, StoreSettings settings, Batcher.Limits limits) {
    this.vertx = vertx;
    this.context = context;
    this.database = Database.connect(vertx, settings, DatabaseMeters.unread());
    this.log = new LogStore(vertx, database, settings, limits);
    this.sessions = new SessionStore(vertx, database, settings);
    this.cursors = new CursorStore(database);
  }

  static StoreSettings settings(String url) {
    return new StoreSettings(url, 4, 3_600, 168);
  }

  static StoreNode start(Vertx vertx, StoreSettings settings) {
    return start(vertx, settings, LogStore.LIMITS);
  }

  static StoreNode start(Vertx vertx, StoreSettings settings, Batcher.Limits limits) {
    Context context = ((VertxInternal) vertx).createEventLoopContext();
    Promise<StoreNode> made = Promise.promise();
    context.runOnContext(v -> made.complete(new StoreNode(vertx, context, settings, limits)));
    return Await.result(made.future());
  }

  static StoreNode start(Vertx vertx, String url) {
    return start(vertx, settings(url));
  }

  /** As a verticle would call: on the event loop. */
  <T> Future<T> on(Supplier<Future<T>> call) {
    Promise<T> promise = Promise.promise();
    context.runOnContext(v -> call.get().onComplete(promise));
    return promise.future();
  }

  Revocations listen(StoreSettings settings, Revocations.Listener listener) {
    return Await.result(on(() -> Revocations.listen(vertx, settings, listener)));
  }

  static Entry entry(String topic, String sender, String id) {
    return entry(topic, sender, id, "hi");
  }

  static Entry entry(String topic, String sender, String id, String text) {
    return new Entry(topic, false, sender, id, stored(sender, text), Duration.ofHours(1));
  }

  /** One for whose answer nobody waits any longer than that. */
  static Entry wantedFor(Duration patience, String topic, String sender) {
    return new Entry(topic, false, sender, null, stored(sender, "hi"), patience);
  }

  private static byte[] stored(String sender, String text) {
    return FrameWriter.frame("private_message")
        .string("sender", sender)
        .string("message", text)
        .open();
  }

  @Override
  public void close() {
    Await.result(database.close());
  }
}
