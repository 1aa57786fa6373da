package io.trunkline.cli.load;

import io.trunkline.cli.Exit;
import io.trunkline.cli.Failure;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;

/**
 * What one scenario is asked to do.
 *
 * @param gateways {@code ws} or {@code wss}
 * @param connections how many; pairs are two each
 * @param rate messages, look-ups or connects a second of all connections together
 * @param inFlight 0: an open loop at {@code rate}; else so many unanswered on each connection, as
 *     fast as it goes
 * @param warmupSeconds before what counts
 * @param seconds that count
 * @param size bytes of a message's text
 * @param backlog messages that each connection of a resume storm has missed
 * @param connectRate connections a second while they are opened
 * @param durable whether a fan-out's channel is stored
 * @param sources see {@link Gateways}
 * @param remote see {@link Gateways}
 * @param lanes threads
 * @param pids see {@link ProcessMeter}
 * @param tickMicros messages of this time are due together; see {@link Pace}
 * @param channels that each idle connection follows
 * @param drainSeconds over which a gateway that ends sends its clients away; 0: not told
 * @param began is made when what counts begins; null: none
 * @param until what counts ends when this is there, if that is before its seconds are over; null:
 *     none
 */
public record Plan(
    List<URI> gateways,
    int connections,
    double rate,
    int inFlight,
    int warmupSeconds,
    int seconds,
    int size,
    int backlog,
    double connectRate,
    boolean durable,
    int sources,
    boolean remote,
    int lanes,
    List<String> pids,
    int tickMicros,
    int channels,
    int drainSeconds,
    Path began,
    Path until) {

  /** In all, whatever else is asked for: a message's number has 31 bits, and there is an end. */
  private static final double MOST_MESSAGES = 100_000_000;

  public Plan {
    check("--connections", connections, 1, 500_000);
    check("--threads", lanes, 1, Math.min(64, Math.max(1, connections / 2)));
    check("--rate", rate, 0.1, 1_000_000);
    check("--in-flight", inFlight, 0, 64);
    check("--warmup", warmupSeconds, 0, 600);
    check("--seconds", seconds, 1, 3600);
    check("--size", size, Mark.LENGTH, 60_000);
    check("--backlog", backlog, 1, 100_000);
    check("--connect-rate", connectRate, 1, 100_000);
    check("--sources", sources, 0, 65_000);
    check("--tick", tickMicros, 0, 100_000);
    check("--channels", channels, 0, 1000);
    check("--drain-seconds", drainSeconds, 0, 3600);
    check("--rate times seconds", rate * (warmupSeconds + seconds), 0, MOST_MESSAGES);
    check("--connections times --backlog", (double) connections * backlog, 0, MOST_MESSAGES);
  }

  private static void check(String option, double value, double least, double most) {
    if (!(value >= least && value <= most)) {
      throw new Failure(
          Exit.USAGE,
          option + ": expected " + plain(least) + " to " + plain(most) + ", was " + plain(value));
    }
  }

  private static String plain(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }
}
