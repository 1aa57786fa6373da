package io.trunkline.demo;

import io.trunkline.node.StartFailed;
import io.vertx.core.Future;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the demo until Ctrl-C. Arguments: none, or the ports of the two gateways. Exit codes: 0
 * after Ctrl-C, 1 when it cannot start.
 */
public final class DemoMain {
  private static final Logger log = LoggerFactory.getLogger(DemoMain.class);

  /** Stopping takes about two; what is left then ends with the JVM, the database too. */
  private static final long STOP_SECONDS = 8;

  private DemoMain() {}

  public static void main(String[] args) throws InterruptedException {
    long began = System.nanoTime();
    try {
      DemoSettings settings = DemoSettings.from(args, System.getenv());
      settings.checkPorts();
      say("Starting a Postgres, a session service and two gateways ...");
      run(settings, began);
    } catch (StartFailed reason) {
      fail(reason);
    }
    // Whoever runs us, Maven for one, ends the JVM when main returns.
    new CountDownLatch(1).await();
  }

  private static void run(DemoSettings settings, long began) {
    Future<Demo> starting = Demo.start(settings, line -> say("  " + line));
    Thread stopping = new Thread(() -> stop(starting), "trunkline-stop");
    Runtime.getRuntime().addShutdownHook(stopping);
    starting
        .onSuccess(demo -> say(ready(settings, began)))
        .onFailure(
            failure ->
                // Not from this thread: it may be an event loop for which the exit would wait.
                new Thread(() -> fail(failure), "trunkline-exit").start());
  }

  private static String ready(DemoSettings settings, long began) {
    double seconds = (System.nanoTime() - began) / 1e9;
    return String.format(
        Locale.ROOT,
        "Trunkline is ready: %s and %s (after %.1f s). Ctrl-C stops all of it.",
        settings.url(0),
        settings.url(1),
        seconds);
  }

  /** On Ctrl-C: in good order where the start was complete, else at once. */
  private static void stop(Future<Demo> starting) {
    if (starting.failed()) {
      return;
    }
    // How nodes that leave miss one another is of no interest any more.
    System.setErr(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
    if (starting.succeeded()) {
      CountDownLatch done = new CountDownLatch(1);
      starting.result().stop().onComplete(stopped -> done.countDown());
      try {
        done.await(STOP_SECONDS, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    // Otherwise the exit code would tell of the signal.
    Runtime.getRuntime().halt(0);
  }

  private static void fail(Throwable failure) {
    if (!(failure instanceof StartFailed)) {
      log.error("demo_failed", failure);
    }
    System.err.println("Trunkline cannot start: " + failure.getMessage());
    System.exit(1);
  }

  private static void say(String line) {
    System.out.println(line);
    System.out.flush();
  }
}
