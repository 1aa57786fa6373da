package io.trunkline.cli.load;

import io.netty.buffer.ByteBuf;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A connection that comes back when it ends, as docs/protocol.md asks of a client: when the gateway
 * said, at once where it was moved, else with back-off; each time to the next gateway. On its lane.
 */
abstract class Traveller extends Member {
  private static final int DRAINING = 4101;
  private static final int RECONNECT_NOW = 4200;
  private static final int NO_MORE_NOW = 4300;
  private static final Pattern WAIT = Pattern.compile("\"retry_after_ms\":(\\d{1,9})");

  /** Doubles with each attempt in vain, until it is {@link #MOST_BACK_OFF_MILLIS}. */
  private static final int BACK_OFF_MILLIS = 200;

  private static final int MOST_BACK_OFF_MILLIS = 5000;
  private static final int MOST_DOUBLINGS = 5;

  /** Before it was ever connected; then it counts as failed. */
  private static final int MOST_FIRST_ATTEMPTS = 10;

  /** In {@code {"type":"session","status":"valid"}}, counted from the brace. */
  private static final int STATUS_AT = 28;

  private final RestartLoad load;
  private final String session;
  private int turn;

  /** Null while it is connected, and before it was for the first time. */
  private Waves.Wave wave;

  private boolean known;
  private int attempts;

  /** As the last Close said; below 0: it did not. */
  private int waitMillis = -1;

  Traveller(RestartLoad load, Lane lane, int index, String session) {
    super(load, lane, index);
    this.load = load;
    this.session = session;
  }

  /** To the gateway whose turn it is, and later to the next ones. */
  void begin(int firstTurn) {
    turn = firstTurn;
    connect(turn, path(), session);
  }

  /** With where to go on from. */
  abstract String path();

  /** It may send again. */
  abstract void back();

  boolean isThere() {
    return known && wave == null;
  }

  private int gateway() {
    return turn % load.plan.gateways().size();
  }

  /** A {@code session} frame is there. */
  void session(ByteBuf in, int at, int length) {
    if (length <= STATUS_AT || in.getByte(at + STATUS_AT) != 'v') {
      lane.counts.failure("no session");
    } else if (!known) {
      known = true;
      attempts = 0;
      load.waves.arrived(gateway());
      ready();
    } else if (wave != null) {
      load.waves.returned(wave, gateway(), System.nanoTime());
      load.away.decrementAndGet();
      wave = null;
      attempts = 0;
      back();
    }
  }

  @Override
  public void closing(int code, String why) {
    Matcher wait = WAIT.matcher(why);
    if (code == DRAINING && wait.find()) {
      waitMillis = Integer.parseInt(wait.group(1));
    } else if (code >= RECONNECT_NOW && code < NO_MORE_NOW) {
      waitMillis = 0;
    }
  }

  @Override
  public void ended(Wire which, String reason) {
    if (load.isOver() || (!known && attempts == MOST_FIRST_ATTEMPTS)) {
      super.ended(which, reason);
      return;
    }
    lane.counts.failure(reason);
    if (known && wave == null) {
      wave = load.waves.left(gateway(), reason, System.nanoTime());
      load.away.incrementAndGet();
    }
    int millis = waitMillis >= 0 ? waitMillis : backOff();
    waitMillis = -1;
    attempts++;
    lane.after(TimeUnit.MILLISECONDS.toNanos(millis), this::again);
  }

  private int backOff() {
    int most = BACK_OFF_MILLIS << Math.min(attempts, MOST_DOUBLINGS);
    return 1 + ThreadLocalRandom.current().nextInt(Math.min(MOST_BACK_OFF_MILLIS, most));
  }

  private void again() {
    if (!load.isOver()) {
      turn++;
      connect(turn, path(), session);
    }
  }
}
