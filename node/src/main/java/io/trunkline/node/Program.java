package io.trunkline.node;

import io.trunkline.node.Arguments.Wish;
import io.vertx.core.Future;
import java.io.PrintStream;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the mains share: settings in, a running process out, a stop on SIGTERM and SIGINT. Exit
 * codes: 0 after a stop in good order, 1 when it cannot start or not stop in time, 78 for bad
 * settings (EX_CONFIG of sysexits.h). What an operator must know is one line.
 */
public final class Program {
  private static final Logger log = LoggerFactory.getLogger(Program.class);

  static final int FAILED = 1;
  static final int BAD_SETTINGS = 78;

  private Program() {}

  /**
   * Runs until a signal comes.
   *
   * @param read turns settings into what {@code start} needs; checks without side effects, as
   *     {@code --check-config} calls it too
   * @param start completes when the process serves
   */
  public static <C> void run(
      String[] args, Role role, Function<Settings, C> read, Function<C, Future<Running>> start) {
    try {
      Arguments arguments = Arguments.parse(args);
      if (arguments.wish() == Wish.HELP) {
        help(role, System.out);
        return;
      }
      Settings settings = Settings.load(role, arguments, System.getenv());
      C checked = read.apply(settings);
      switch (arguments.wish()) {
        case PRINT_CONFIG -> System.out.print(settings.print());
        case RUN -> serve(role, start.apply(checked));
        default -> {}
      }
    } catch (BadSetting bad) {
      System.err.println(bad.getMessage());
      System.exit(BAD_SETTINGS);
    }
  }

  private static void serve(Role role, Future<Running> starting) {
    long began = System.nanoTime();
    AtomicBoolean failed = new AtomicBoolean();
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> stop(starting, failed), "trunkline-stop"));
    starting
        .onSuccess(running -> log.info("started role={} millis={}", role.wireName(), since(began)))
        .onFailure(
            failure -> {
              failed.set(true);
              report(failure);
              // Not from this thread: it may be an event loop for which the exit would wait.
              new Thread(() -> System.exit(FAILED), "trunkline-exit").start();
            });
  }

  private static void stop(Future<Running> starting, AtomicBoolean failed) {
    if (failed.get()) {
      return;
    }
    log.info("stopping");
    CountDownLatch done = new CountDownLatch(1);
    starting.compose(Running::stop).onComplete(stopped -> done.countDown());
    boolean inTime = await(done, limit(starting));
    log.info(inTime ? "stopped" : "stop_incomplete");
    // Otherwise the exit code would tell of the signal.
    Runtime.getRuntime().halt(inTime ? 0 : FAILED);
  }

  private static long limit(Future<Running> starting) {
    Running running = starting.result();
    return running == null ? 0 : running.stopWithin().toMillis();
  }

  private static boolean await(CountDownLatch done, long millis) {
    try {
      return done.await(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static void report(Throwable failure) {
    if (failure instanceof StartFailed || failure instanceof BadSetting) {
      log.error("start_failed reason={}", failure.getMessage());
    } else {
      log.error("start_failed", failure);
    }
  }

  private static void help(Role role, PrintStream out) {
    out.print(Arguments.USAGE);
    for (Key key : Key.values()) {
      if (key.isFor(role)) {
        String absent = key.absent() == null || key.absent().isEmpty() ? "-" : key.absent();
        out.printf("  %-38s %-10s %s%n", key.variable(), absent, key.description());
      }
    }
  }

  private static long since(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
  }
}
