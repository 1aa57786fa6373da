package io.trunkline.node;

import io.trunkline.node.Arguments.Wish;
import io.vertx.core.Future;
import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the mains share: settings in, a running process out, a stop on SIGTERM and SIGINT. Exit
 * codes: 0 after a stop in good order, 1 when it cannot start, not stop in time or has given up, 78
 * for bad settings (EX_CONFIG of sysexits.h). What an operator must know is one line.
 */
public final class Program {
  private static final Logger log = LoggerFactory.getLogger(Program.class);

  static final int FAILED = 1;
  static final int BAD_SETTINGS = 78;

  /**
   * A signal that comes while the process starts waits for that, so that nothing is left behind.
   */
  private static final Duration START_LIMIT = Duration.ofSeconds(10);

  /** Whether the process ends itself, and so not with 0. */
  private static final AtomicBoolean givenUp = new AtomicBoolean();

  private Program() {}

  /**
   * Ends this process in good order, as far as that is possible, with exit code 1, so that whoever
   * watches it starts it anew. Returns at once.
   */
  public static void giveUp() {
    givenUp.set(true);
    exit(FAILED);
  }

  private static void exit(int code) {
    // Not from this thread: it may be an event loop, for which a stop would wait.
    new Thread(() -> System.exit(code), "trunkline-exit").start();
  }

  /**
   * Runs until a signal comes.
   *
   * @param read turns settings into what {@code start} needs; checks without side effects, as
   *     {@code --check-config} calls it too
   * @param start completes when the process serves
   */
  public static <C> void run(
      String[] args, Role role, Function<Settings, C> read, Function<C, Future<Running>> start) {
    run(args, role, read, start, null);
  }

  /**
   * Something that a program does instead of running, and then exits: 0 when done, 1 when not.
   *
   * @param option asks for it, {@code --migrate} for example
   * @param description for {@code --help}
   * @param work blocks
   */
  public record Task<C>(String option, String description, Consumer<C> work) {}

  /** As above, for a program that has a task beside running; null: it has none. */
  public static <C> void run(
      String[] args,
      Role role,
      Function<Settings, C> read,
      Function<C, Future<Running>> start,
      Task<C> task) {
    try {
      Arguments arguments = Arguments.parse(task == null ? null : task.option(), args);
      if (arguments.wish() == Wish.HELP) {
        help(role, task, System.out);
        return;
      }
      Settings settings = Settings.load(role, arguments, System.getenv());
      C checked = read.apply(settings);
      switch (arguments.wish()) {
        case PRINT_CONFIG -> System.out.print(settings.print());
        case PREPARE -> carryOut(task, checked);
        case RUN -> {
          Logs.setUp(settings);
          serve(role, start(checked, start));
        }
        default -> {}
      }
    } catch (BadSetting bad) {
      System.err.println(bad.getMessage());
      System.exit(BAD_SETTINGS);
    }
  }

  private static <C> void carryOut(Task<C> task, C checked) {
    try {
      task.work().accept(checked);
    } catch (StartFailed failure) {
      System.exit(report(failure));
    }
  }

  private static <C> Future<Running> start(C checked, Function<C, Future<Running>> start) {
    try {
      return start.apply(checked);
    } catch (RuntimeException e) {
      return Future.failedFuture(e);
    }
  }

  private static void serve(Role role, Future<Running> starting) {
    long began = System.nanoTime();
    AtomicBoolean stopping = new AtomicBoolean();
    Thread hook = new Thread(() -> stop(starting, stopping), "trunkline-stop");
    Runtime.getRuntime().addShutdownHook(hook);
    starting
        .onSuccess(running -> log.info("started role={} millis={}", role.wireName(), since(began)))
        .onFailure(failure -> failed(failure, stopping.get()));
  }

  /** The shutdown hook: ends the process itself, as the exit code would tell of the signal. */
  private static void stop(Future<Running> starting, AtomicBoolean stopping) {
    if (starting.failed()) {
      return;
    }
    stopping.set(true);
    log.info("stopping");
    await(starting, START_LIMIT);
    boolean inTime = starting.failed() || (starting.succeeded() && stop(starting.result()));
    log.info(inTime ? "stopped" : "stop_incomplete");
    Runtime.getRuntime().halt(inTime && !givenUp.get() ? 0 : FAILED);
  }

  private static boolean stop(Running running) {
    Future<Void> stopped =
        Future.<Void>future(promise -> running.stop().onComplete(promise))
            .onFailure(failure -> log.error("stop_failed", failure));
    return await(stopped, running.stopWithin()) && stopped.succeeded();
  }

  private static boolean await(Future<?> future, Duration limit) {
    CountDownLatch done = new CountDownLatch(1);
    future.onComplete(completed -> done.countDown());
    try {
      return done.await(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static void failed(Throwable failure, boolean stopping) {
    if (stopping) {
      log.info("start_given_up reason={}", failure.getMessage());
      return;
    }
    exit(report(failure));
  }

  /** Tells why it did not start, and gives the exit code. */
  private static int report(Throwable failure) {
    if (failure instanceof BadSetting) {
      System.err.println(failure.getMessage());
      return BAD_SETTINGS;
    }
    if (failure instanceof StartFailed) {
      log.error("start_failed reason={}", failure.getMessage());
    } else {
      log.error("start_failed", failure);
    }
    return FAILED;
  }

  private static void help(Role role, Task<?> task, PrintStream out) {
    out.print(Arguments.USAGE);
    if (task != null) {
      out.printf("  %-38s %s%n%n", task.option(), task.description());
    }
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
