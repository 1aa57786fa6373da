package io.trunkline.cli.load;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Connections that come at a rate, whether or not the earlier ones are served; timed from when one
 * was due until its {@code session} frame is there, and with a backlog until everything that it had
 * missed is.
 */
final class StormLoad extends Load {
  /** 0: there is none. */
  private final int backlog;

  private final List<List<Comer>> comers = new ArrayList<>();
  private String[] sessions;

  StormLoad(Plan plan, String name, boolean resumes) {
    super(plan, name);
    this.backlog = resumes ? plan.backlog() : 0;
    for (int i = 0; i < plan.lanes(); i++) {
      comers.add(new ArrayList<>());
    }
  }

  /** One message to everybody, then the next one: so each has them in their order. */
  @Override
  void prepare(Accounts accounts, List<Lane> lanes) {
    sessions = accounts.create(plan.connections(), this::user, Run.ttl(plan));
    for (int i = 0; i < backlog; i++) {
      int number = i;
      accounts.post(plan.connections(), this::user, index -> message(index, number));
    }
  }

  private String message(int index, int number) {
    byte[] text = Template.of(index, "", Template.filler(plan.size())).with(number, 0);
    return new String(text, StandardCharsets.US_ASCII);
  }

  private String user(int index) {
    return name + "-" + index;
  }

  @Override
  int connections() {
    return 0;
  }

  @Override
  void open(int index, Lane lane) {
    throw new UnsupportedOperationException();
  }

  @Override
  double seconds() {
    return plan.connections() / plan.rate();
  }

  @Override
  int warmupSeconds() {
    return 0;
  }

  @Override
  void fire(int number, long due, Lane lane) {
    if (number < plan.connections()) {
      Comer comer = new Comer(lane, number, due);
      comers.get(laneOf(number)).add(comer);
      comer.connect("/ws", sessions[number]);
      lane.counts.sent.increment();
    }
  }

  @Override
  boolean isSettled(Counts counts) {
    return counts.received.sum() + failedSoFar() >= plan.connections();
  }

  /** Of a resume storm the messages, of another one the connections that did not come to be. */
  @Override
  Verdict verdict(Counts counts) {
    long lost = 0;
    long repeated = 0;
    long reordered = 0;
    for (List<Comer> lane : comers) {
      for (Comer comer : lane) {
        lost += comer.lost();
        repeated += comer.sequence.repeated();
        reordered += comer.sequence.reordered(null);
      }
    }
    return new Verdict(
        lost, repeated, reordered, counts.misdirected.sum(), counts.refused.sum(), false);
  }

  @Override
  void close() {
    comers.forEach(Load::closeAll);
  }

  private final class Comer extends Member {
    private final long due;
    private final Sequence sequence = new Sequence();
    private boolean done;

    Comer(Lane lane, int index, long due) {
      super(StormLoad.this, lane, index);
      this.due = due;
    }

    @Override
    void frame(int letter, ByteBuf in, int at, int length) {
      if (letter == 's') {
        ready();
        finishIf(backlog == 0);
        return;
      }
      int mark = letter == 'p' ? Mark.find(in, at, length) : -1;
      if (mark < 0) {
        return;
      }
      if (Mark.sender(in, mark) != index) {
        lane.counts.misdirected.increment();
        return;
      }
      sequence.arrived(Mark.number(in, mark));
      finishIf(sequence.distinct() == backlog);
    }

    private void finishIf(boolean complete) {
      if (complete && !done) {
        done = true;
        lane.latencies.arrived(due);
        lane.counts.received.increment();
      }
    }

    long lost() {
      return backlog == 0 ? (done ? 0 : 1) : sequence.lost(backlog);
    }
  }
}
