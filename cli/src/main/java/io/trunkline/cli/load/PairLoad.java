package io.trunkline.cli.load;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;

/**
 * Half of the connections each write to one of the others: private messages, which are stored, or
 * by an ephemeral channel of the two, which nobody stores.
 */
final class PairLoad extends Load {
  private final boolean durable;
  private final Senders<Writer> writers;
  private final List<List<Reader>> readers = new ArrayList<>();
  private String[] sessions;
  private volatile boolean stop;

  PairLoad(Plan plan, String name, boolean durable) {
    super(plan, name);
    this.durable = durable;
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

  /** By default names that begin with {@code live.} are ephemeral; docs/channels.md. */
  private String channel(int pair) {
    return "live." + name + "." + pair;
  }

  /**
   * The first half are readers, the second their writers in the same order. Of several gateways
   * some pairs share one, and some do not.
   */
  @Override
  void open(int index, Lane lane) {
    if (index < pairs()) {
      Reader reader = new Reader(lane, index);
      readers.get(laneOf(index)).add(reader);
      reader.connect("/ws", sessions[index]);
    } else {
      Writer writer = new Writer(lane, index);
      writers.add(laneOf(index), writer);
      int pair = index - pairs();
      writer.connect(pair + pair / plan.gateways().size(), "/ws", sessions[index]);
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
  boolean canBeClosed() {
    return durable;
  }

  @Override
  void startClosed(List<Lane> lanes) {
    writers.start(lanes, plan.inFlight(), writer -> writer.write(System.nanoTime()));
  }

  @Override
  void fired() {
    stop = true;
  }

  @Override
  boolean isSettled(Counts counts) {
    long sent = counts.sent.sum() - counts.refused.sum();
    return counts.received.sum() >= sent && (!durable || counts.acked.sum() >= sent);
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
        lost += reader.sequence.lost(writer.sent, writer.refused);
        repeated += reader.sequence.repeated();
        reordered += reader.sequence.reordered(writer.refused);
      }
    }
    return new Verdict(
        lost, repeated, reordered, counts.misdirected.sum(), counts.refused.sum(), !durable);
  }

  @Override
  void close() {
    closeAll(writers.all());
    readers.forEach(Load::closeAll);
  }

  private final class Writer extends Member {
    private final Template template;

    Writer(Lane lane, int index) {
      super(PairLoad.this, lane, index);
      String end = Template.filler(plan.size()) + "\"}";
      template =
          durable
              ? Template.of(
                  index,
                  "{\"type\":\"private_message\",\"id\":\"",
                  "\",\"receiver\":\"" + user(index - pairs()) + "\",\"message\":\"",
                  end)
              : Template.of(
                  index,
                  "{\"type\":\"publish\",\"channel\":\""
                      + channel(index - pairs())
                      + "\",\"message\":\"",
                  end);
    }

    void write(long due) {
      send(template, due);
    }

    @Override
    void frame(int letter, ByteBuf in, int at, int length) {
      if (letter == 's') {
        ready();
      } else if (letter == 'a') {
        int mark = Mark.find(in, at, length);
        if (mark >= 0) {
          lane.latencies.acked(Mark.due(in, mark));
        }
        lane.counts.acked.increment();
        again();
      }
    }

    @Override
    void refused() {
      again();
    }

    private void again() {
      if (plan.inFlight() > 0 && !stop) {
        write(System.nanoTime());
      }
    }
  }

  private final class Reader extends Member {
    private final Sequence sequence = new Sequence();

    Reader(Lane lane, int index) {
      super(PairLoad.this, lane, index);
    }

    @Override
    void frame(int letter, ByteBuf in, int at, int length) {
      if (letter == 's') {
        joined(in.getByte(at + 10));
        return;
      }
      int mark = Mark.find(in, at, length);
      if (mark < 0) {
        return;
      }
      lane.latencies.arrived(Mark.due(in, mark));
      lane.counts.received.increment();
      if (Mark.sender(in, mark) == index + pairs()) {
        sequence.arrived(Mark.number(in, mark));
      } else {
        lane.counts.misdirected.increment();
      }
    }

    /** {@code session} comes first, then {@code subscribed}. */
    private void joined(int secondLetter) {
      if (durable || secondLetter == 'u') {
        ready();
      } else {
        wire.send("{\"type\":\"subscribe\",\"channel\":\"" + channel(index) + "\"}");
      }
    }
  }
}
