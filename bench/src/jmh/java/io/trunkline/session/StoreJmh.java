package io.trunkline.session;

import io.trunkline.postgres.LocalPostgres;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Appends that come together, until the last is committed: the store on an event loop of its own,
 * and a Postgres of its own with fsync. The bytes are this process' alone.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 3)
@Measurement(iterations = 5, time = 2)
public class StoreJmh {
  /** Users who get a message in turn; so many topics. */
  private static final int USERS = 10_000;

  @Param({"1", "64", "512"})
  public int together;

  private final byte[] stored =
      "{\"type\":\"private_message\",\"sender\":\"alice\",\"message\":\"Shall we meet at six?\""
          .getBytes(StandardCharsets.UTF_8);

  private LocalPostgres postgres;
  private Vertx vertx;
  private Context context;
  private Database database;
  private LogStore log;
  private int sent;

  @Setup
  public void open() {
    postgres = LocalPostgres.start();
    String url = postgres.url("postgres");
    Migrations.migrate(url);
    vertx = Vertx.vertx();
    context = ((VertxInternal) vertx).createEventLoopContext();
    done(
        () -> {
          StoreSettings settings = new StoreSettings(url, 4, 3_600, 168);
          database = Database.connect(vertx, settings, DatabaseMeters.unread());
          log = new LogStore(vertx, database, settings);
          return Insistence.on(vertx, log::retain);
        });
  }

  @TearDown
  public void close() {
    done(database::close);
    vertx.close().toCompletionStage().toCompletableFuture().join();
    postgres.close();
  }

  @Benchmark
  public void append() {
    done(() -> Future.all(IntStream.range(0, together).mapToObj(i -> log.append(next())).toList()));
  }

  private Entry next() {
    sent++;
    String topic = "user:u" + sent % USERS;
    return new Entry(topic, false, "alice", "m" + sent, stored, Duration.ofHours(1));
  }

  /** Does it on the event loop and waits for it. */
  private void done(Supplier<Future<?>> work) {
    Promise<Object> done = Promise.promise();
    context.runOnContext(v -> work.get().onSuccess(done::complete).onFailure(done::fail));
    done.future().toCompletionStage().toCompletableFuture().join();
  }
}
