package io.trunkline.cli.load;

import io.trunkline.cli.Exit;
import io.trunkline.cli.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * CPU and memory of the server's processes and their children, as Linux accounts for them in {@code
 * /proc}: proc(5). On loopback the sender also pays for the receiver's half of TCP.
 */
final class ProcessMeter {
  /** USER_HZ, which is 100 wherever Linux runs Java. */
  private static final long NANOS_OF_A_TICK = 10_000_000;

  private static final int PAGE_BYTES = 4096;

  /** Of the fields after the name, counted from 0: utime, stime. */
  private static final int UTIME = 11;

  private static final int STIME = 12;
  private static final int RSS = 21;

  private final Map<String, List<Long>> groups = new LinkedHashMap<>();

  /** CPU in nanoseconds and resident memory in bytes. */
  record Reading(long cpuNanos, long rssBytes) {
    Reading plus(Reading other) {
      return new Reading(cpuNanos + other.cpuNanos, rssBytes + other.rssBytes);
    }
  }

  /**
   * Meters these.
   *
   * @param pids each a pid, or a name, {@code =} and a pid; those of one name count together
   */
  ProcessMeter(List<String> pids) {
    for (String text : pids) {
      int at = text.indexOf('=');
      String name = at < 0 ? "server" : text.substring(0, at);
      long pid = pid(text.substring(at + 1));
      groups.merge(name, List.of(pid), (a, b) -> Stream.concat(a.stream(), b.stream()).toList());
    }
  }

  private static long pid(String text) {
    try {
      long pid = Long.parseLong(text);
      if (Files.isReadable(Path.of("/proc", text, "stat"))) {
        return pid;
      }
    } catch (NumberFormatException e) {
      // told below
    }
    throw new Failure(Exit.USAGE, "--pid: no such process, or no /proc here: " + text);
  }

  Map<String, Reading> read() {
    Map<String, Reading> readings = new LinkedHashMap<>();
    groups.forEach(
        (name, pids) ->
            readings.put(
                name,
                pids.stream()
                    .flatMap(ProcessMeter::tree)
                    .map(ProcessMeter::read)
                    .reduce(new Reading(0, 0), Reading::plus)));
    return readings;
  }

  /** This process. */
  static Reading own() {
    return read(ProcessHandle.current().pid());
  }

  private static Stream<Long> tree(long pid) {
    Stream<Long> below =
        ProcessHandle.of(pid).stream().flatMap(ProcessHandle::descendants).map(ProcessHandle::pid);
    return Stream.concat(Stream.of(pid), below);
  }

  /** Nothing for one that has gone. */
  private static Reading read(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      // The name is in brackets and may hold anything.
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      long ticks = Long.parseLong(fields[UTIME]) + Long.parseLong(fields[STIME]);
      return new Reading(ticks * NANOS_OF_A_TICK, Long.parseLong(fields[RSS]) * PAGE_BYTES);
    } catch (IOException | RuntimeException e) {
      return new Reading(0, 0);
    }
  }
}
