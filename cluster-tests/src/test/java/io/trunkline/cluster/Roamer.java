package io.trunkline.cluster;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;

/**
 * A client that keeps a connection to some gateway: when it loses one, it takes the next that lets
 * it in. Used by one thread.
 */
final class Roamer {
  /** A node that was killed is out of the cluster within 10 s. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** A gateway that is gone refuses at once; asked without a pause it would take the machine. */
  private static final Duration PAUSE = Duration.ofMillis(20);

  private final List<String> wsUris;
  private final String sessionId;
  private final List<String> lost = new CopyOnWriteArrayList<>();
  private int at;

  /** Null while there is no connection. */
  private volatile Client client;

  Roamer(List<String> wsUris, int first, String sessionId) {
    this.wsUris = List.copyOf(wsUris);
    this.at = first % wsUris.size();
    this.sessionId = sessionId;
  }

  /** The connection there is, or a new one that has its inbox up to {@code since}. */
  Client client(long since) {
    if (client == null) {
      client = connect(since);
    }
    return client;
  }

  /** The connection has ended. */
  void lost(Client.Gone gone) {
    lost.add(gone.getMessage());
    client.close();
    client = null;
    at = (at + 1) % wsUris.size();
  }

  /** How connections were lost; any thread. */
  List<String> lost() {
    return lost;
  }

  /** Ends the connection, from any thread. */
  void close() {
    Client last = client;
    if (last != null) {
      last.close();
    }
  }

  private Client connect(long since) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        return Client.connect(wsUris.get(at), sessionId, since);
      } catch (UncheckedIOException | AssertionError | Client.Gone e) {
        if (System.nanoTime() > deadline) {
          throw new AssertionError("no gateway lets us in: " + e.getMessage(), e);
        }
        at = (at + 1) % wsUris.size();
        LockSupport.parkNanos(PAUSE.toNanos());
      }
    }
  }

  /** What one roamer does again and again on a thread of its own, until it is stopped. */
  abstract static class Loop {
    private final Roamer roamer;
    private final Thread thread = new Thread(this::run, getClass().getSimpleName());
    private volatile boolean stopped;

    /** What ended it before it was stopped, or null. */
    private volatile Throwable failure;

    Loop(Roamer roamer) {
      this.roamer = roamer;
    }

    Roamer roamer() {
      return roamer;
    }

    Throwable failure() {
      return failure;
    }

    /** Does one thing; {@link Client.Gone} when the connection has ended. */
    abstract void once(Roamer roamer);

    void start() {
      thread.setDaemon(true);
      thread.start();
    }

    /** Ends with the thing in hand. */
    void stop() {
      stopped = true;
      interruptReading();
      try {
        thread.join(Client.ANSWER.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
      roamer.close();
    }

    /** For a loop that may wait for ever. */
    void interruptReading() {}

    private void run() {
      try {
        while (!stopped) {
          try {
            once(roamer);
          } catch (Client.Gone gone) {
            if (!stopped) {
              roamer.lost(gone);
            }
          }
        }
      } catch (RuntimeException | AssertionError e) {
        failure = e;
      }
    }
  }
}
