package io.trunkline.cluster;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a chaos run came to: broken promises by kind, and for each kind of fault how long after it
 * was over the last message arrived that was sent before. Faults that the next one overlapped are
 * left out of that.
 */
final class ChaosReport {
  private static final Logger log = LoggerFactory.getLogger(ChaosReport.class);

  private final ChaosJournal journal;
  private final Map<String, List<Long>> heals = new TreeMap<>();

  ChaosReport(ChaosJournal journal, List<ChaosFaults.Fault> faults) {
    this.journal = journal;
    List<ChaosJournal.Sent> messages = journal.messages();
    faults.stream()
        .filter(ChaosFaults.Fault::alone)
        .forEach(fault -> add(fault.kind().name(), healMillis(messages, fault.end())));
  }

  private static long healMillis(List<ChaosJournal.Sent> messages, long end) {
    long last =
        messages.stream()
            .filter(m -> m.seenAt != 0 && m.sentAt <= end && m.seenAt > end)
            .mapToLong(m -> m.seenAt - end)
            .max()
            .orElse(0);
    return TimeUnit.NANOSECONDS.toMillis(last);
  }

  void add(String fault, long healMillis) {
    heals.computeIfAbsent(fault, kind -> new ArrayList<>()).add(healMillis);
  }

  /** Writes it to the log; what {@link ChaosJournal#audit} found. */
  List<String> print(long seed) {
    heals.forEach(ChaosReport::print);
    List<String> wrong = journal.audit();
    log.info(
        "chaos_end seed={} sent={} lost={} repeated={} gaps={} reordered={} other={}",
        seed,
        journal.sentCount(),
        count(wrong, "lost:"),
        count(wrong, "repeated:"),
        count(wrong, "gap:"),
        count(wrong, "reordered:"),
        wrong.stream().filter(what -> !what.matches("(lost|repeated|gap|reordered):.*")).count());
    return wrong;
  }

  private static void print(String fault, List<Long> unsorted) {
    List<Long> millis = unsorted.stream().sorted().toList();
    log.info(
        "chaos_heal kind={} p50={} p99={} max={} millis={}",
        fault,
        percentile(millis, 50),
        percentile(millis, 99),
        percentile(millis, 100),
        millis);
  }

  /** The smallest that so many of a hundred do not exceed. */
  private static long percentile(List<Long> sorted, int percent) {
    return sorted.get(Math.max(0, (sorted.size() * percent + 99) / 100 - 1));
  }

  private static long count(List<String> wrong, String kind) {
    return wrong.stream().filter(what -> what.startsWith(kind)).count();
  }
}
