package io.trunkline.cli.load;

import io.netty.buffer.ByteBuf;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * Pairs write private messages while somebody restarts gateways and session services. Everybody
 * comes back; a writer sends again what has no answer, and what was answered with an error that
 * says so, both with the same {@code id}; a reader goes on after the last offset that it has. So
 * nothing may be lost, repeated or refused for good. Times run from when a message was first due.
 */
final class RestartLoad extends Load {
  /** Messages of a writer that wait for their acks; what is due beyond is unsent. */
  private static final int MOST_PENDING = 1000;

  /** Before what an error refused for now is sent again. */
  private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  /** Of the file that ends the run. */
  private static final int MOST_NOTES = 100;

  final Waves waves;
  final AtomicInteger away = new AtomicInteger();
  private final LongAdder retried = new LongAdder();
  private final LongAdder resent = new LongAdder();
  private final Senders<Writer> writers;
  private final List<List<Reader>> readers = new ArrayList<>();
  private String[] sessions;

  RestartLoad(Plan plan, String name) {
    super(plan, name);
    this.waves = new Waves(plan.gateways().size());
    this.writers = new Senders<>(plan.lanes());
    for (int i = 0; i < plan.lanes(); i++) {
      readers.add(new ArrayList<>());
    }
  }

  @Override
  int connections() {
    return Math.max(2, plan.connections() / 2 * 2);
  }

  private int pairs() {
    return connections() / 2;
  }

  @Override
  void prepare(Accounts accounts, List<Lane> lanes) {
    sessions = accounts.create(connections(), this::user, Run.ttl(plan));
  }

  private String user(int index) {
    return name + "-" + index;
  }

  /** The first half are readers, the second their writers; see {@link PairLoad#open}. */
  @Override
  void open(int index, Lane lane) {
    if (index < pairs()) {
      Reader reader = new Reader(lane, index);
      readers.get(laneOf(index)).add(reader);
      reader.begin(index);
    } else {
      Writer writer = new Writer(lane, index);
      writers.add(laneOf(index), writer);
      int pair = index - pairs();
      writer.begin(pair + pair / plan.gateways().size());
    }
  }

  @Override
  void fire(int number, long due, Lane lane) {
    Writer writer = writers.next(laneOf(number));
    if (writer != null) {
      writer.write(due);
    }
  }

  @Override
  boolean isSettled(Counts counts) {
    long sent = counts.sent.sum() - counts.refused.sum();
    return away.get() == 0 && counts.received.sum() >= sent && counts.acked.sum() >= sent;
  }

  @Override
  boolean isWhole() {
    return super.isWhole() && away.get() == 0 && failed() == 0 && unanswered() == 0;
  }

  private long failed() {
    return writers.all().stream()
        .mapToLong(writer -> writer.refused == null ? 0 : writer.refused.cardinality())
        .sum();
  }

  private long unanswered() {
    return writers.all().stream().mapToLong(writer -> writer.pending.size()).sum();
  }

  @Override
  JsonObject details(long begin) {
    JsonObject requests =
        new JsonObject()
            .put("sent_again_after_an_error", retried.sum())
            .put("sent_again_after_a_return", resent.sum())
            .put("failed", failed())
            .put("unanswered", unanswered());
    return new JsonObject()
        .put("requests", requests)
        .put("away", away.get())
        .put("waves", waves.json(begin, plan.drainSeconds(), plan.gateways()))
        .put("returned_by_second", waves.returnsBySecond(begin))
        .put("notes", notes());
  }

  /** What whoever restarted has to say. */
  private JsonArray notes() {
    JsonArray notes = new JsonArray();
    if (plan.until() != null && Files.isReadable(plan.until())) {
      try (var lines = Files.lines(plan.until())) {
        lines.limit(MOST_NOTES).forEach(notes::add);
      } catch (IOException | RuntimeException e) {
        notes.add("cannot be read: " + e.getMessage());
      }
    }
    return notes;
  }

  @Override
  Verdict verdict(Counts counts) {
    Writer[] all = new Writer[connections()];
    writers.all().forEach(writer -> all[writer.index] = writer);
    long lost = 0;
    long repeated = 0;
    long reordered = 0;
    for (List<Reader> lane : readers) {
      for (Reader reader : lane) {
        Writer writer = all[reader.index + pairs()];
        lost += reader.sequence.lost(writer.sent, writer.unpromised());
        repeated += reader.sequence.repeated();
        reordered += reader.sequence.reordered(writer.disordered);
      }
    }
    return new Verdict(
        lost, repeated, reordered, counts.misdirected.sum(), counts.refused.sum(), false);
  }

  @Override
  void close() {
    closeAll(writers.all());
    readers.forEach(Load::closeAll);
  }

  /** A message without an answer. */
  private record Pending(int number, long due) {}

  private final class Writer extends Traveller {
    private final Template template;
    private final Deque<Pending> pending = new ArrayDeque<>();

    /** Numbers whose place in the order is not known, as an error came first. Null: none. */
    private BitSet disordered;

    Writer(Lane lane, int index) {
      super(RestartLoad.this, lane, index, sessions[index]);
      template =
          Template.of(
              index,
              "{\"type\":\"private_message\",\"id\":\"",
              "\",\"receiver\":\"" + user(index - pairs()) + "\",\"message\":\"",
              Template.filler(plan.size()) + "\"}");
    }

    @Override
    String path() {
      return "/ws";
    }

    /** Now, or when it is back. */
    void write(long due) {
      boolean there = isThere();
      if (pending.size() == MOST_PENDING || (there && !wire.send(template.with(sent, due)))) {
        lane.counts.unsent.increment();
        return;
      }
      pending.add(new Pending(sent++, due));
      lane.counts.sent.increment();
    }

    /** What has no ack in the end. */
    private BitSet unpromised() {
      BitSet numbers = refused == null ? new BitSet() : (BitSet) refused.clone();
      pending.forEach(message -> numbers.set(message.number));
      return numbers;
    }

    @Override
    void back() {
      for (Pending message : pending) {
        resent.increment();
        wire.send(template.with(message.number, message.due));
      }
      lane.flush();
    }

    @Override
    void frame(int letter, ByteBuf in, int at, int length) {
      if (letter == 's') {
        session(in, at, length);
      } else if (letter == 'a') {
        int mark = Mark.find(in, at, length);
        if (mark >= 0 && answered(Mark.number(in, mark))) {
          lane.latencies.acked(Mark.due(in, mark));
          lane.counts.acked.increment();
        }
      }
    }

    private boolean answered(int number) {
      if (!pending.isEmpty() && pending.element().number == number) {
        pending.remove();
        return true;
      }
      return pending.removeIf(message -> message.number == number);
    }

    @Override
    void failed(ByteBuf in, int at, int length) {
      int mark = Mark.find(in, at, length);
      int number = mark < 0 ? -1 : Mark.number(in, mark);
      if (number >= 0) {
        disordered = disordered == null ? new BitSet() : disordered;
        disordered.set(number);
      }
      if (number >= 0 && Field.find(in, at, at + length, "\"retryable\":true") >= 0) {
        lane.counts.failure("error to be retried");
        long due = Mark.due(in, mark);
        lane.after(RETRY_NANOS, () -> retry(new Pending(number, due)));
      } else {
        answered(number);
        super.failed(in, at, length);
      }
    }

    /** Who is away sends everything when it is back. */
    private void retry(Pending message) {
      if (isThere() && pending.contains(message) && !isOver()) {
        retried.increment();
        wire.send(template.with(message.number, message.due));
        lane.flush();
      }
    }
  }

  private final class Reader extends Traveller {
    private final Sequence sequence = new Sequence();
    private long offset;

    Reader(Lane lane, int index) {
      super(RestartLoad.this, lane, index, sessions[index]);
    }

    @Override
    String path() {
      return offset == 0 ? "/ws" : "/ws?since=" + offset;
    }

    @Override
    void back() {
      // what it has missed comes by itself
    }

    @Override
    void frame(int letter, ByteBuf in, int at, int length) {
      if (letter == 's') {
        session(in, at, length);
        return;
      }
      int mark = letter == 'p' ? Mark.find(in, at, length) : -1;
      if (mark < 0) {
        return;
      }
      offset = Field.number(in, mark + Mark.LENGTH, at + length, "\"offset\":");
      lane.latencies.arrived(Mark.due(in, mark));
      lane.counts.received.increment();
      if (Mark.sender(in, mark) == index + pairs()) {
        sequence.arrived(Mark.number(in, mark));
      } else {
        lane.counts.misdirected.increment();
      }
    }
  }
}
