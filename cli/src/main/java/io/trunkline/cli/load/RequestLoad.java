package io.trunkline.cli.load;

import io.netty.buffer.ByteBuf;
import java.util.List;

/** Each connection asks and has its own answers: {@code /echo}, the type echo, or look-ups. */
final class RequestLoad extends Load {
  /** What is asked. */
  enum Kind {
    /** {@code /echo}: the gateway alone, no session. */
    ECHO,
    /** The type {@code echo}: through the bus to a session service and back. */
    ROUND_TRIP,
    /** A {@code session} frame: to a session service and Postgres and back. */
    LOOK_UP
  }

  /** Sessions of each connection that are looked up in turn. */
  private static final int SESSIONS_EACH = 10;

  private final Kind kind;
  private final Senders<Asker> askers;
  private String[] sessions = {};
  private volatile boolean stop;

  RequestLoad(Plan plan, String name, Kind kind) {
    super(plan, name);
    this.kind = kind;
    this.askers = new Senders<>(plan.lanes());
  }

  @Override
  void prepare(Accounts accounts, List<Lane> lanes) {
    int each = sessionsEach();
    if (each > 0) {
      sessions =
          accounts.create(
              plan.connections() * each, i -> name + "-" + i % plan.connections(), Run.ttl(plan));
    }
  }

  private int sessionsEach() {
    return switch (kind) {
      case ECHO -> 0;
      case ROUND_TRIP -> 1;
      case LOOK_UP -> SESSIONS_EACH;
    };
  }

  @Override
  void open(int index, Lane lane) {
    Asker asker = new Asker(lane, index);
    askers.add(laneOf(index), asker);
    asker.connect(kind == Kind.ECHO ? "/echo" : "/ws", kind == Kind.ECHO ? null : sessions[index]);
  }

  @Override
  void fire(int number, long due, Lane lane) {
    Asker asker = askers.next(laneOf(number));
    if (asker != null) {
      asker.ask(due);
    }
  }

  @Override
  boolean canBeClosed() {
    return true;
  }

  @Override
  void startClosed(List<Lane> lanes) {
    askers.start(lanes, plan.inFlight(), asker -> asker.ask(System.nanoTime()));
  }

  @Override
  void fired() {
    stop = true;
  }

  @Override
  boolean isSettled(Counts counts) {
    return counts.received.sum() + counts.refused.sum() >= counts.sent.sum();
  }

  @Override
  Verdict verdict(Counts counts) {
    long lost = 0;
    long repeated = 0;
    long reordered = 0;
    for (Asker asker : askers.all()) {
      lost += asker.sequence.lost(asker.sent, asker.refused);
      repeated += asker.sequence.repeated();
      reordered += asker.sequence.reordered(asker.refused);
    }
    return new Verdict(
        lost, repeated, reordered, counts.misdirected.sum(), counts.refused.sum(), false);
  }

  @Override
  void close() {
    closeAll(askers.all());
  }

  private final class Asker extends Member {
    private final Sequence sequence = new Sequence();
    private final Template[] templates;

    Asker(Lane lane, int index) {
      super(RequestLoad.this, lane, index);
      templates = templates();
    }

    private Template[] templates() {
      String filler = Template.filler(plan.size());
      return switch (kind) {
        case ECHO -> new Template[] {Template.of(index, "", filler)};
        case ROUND_TRIP ->
            new Template[] {
              Template.of(
                  index, "{\"type\":\"echo\",\"id\":\"", "\",\"content\":\"", filler + "\"}")
            };
        case LOOK_UP -> {
          Template[] each = new Template[SESSIONS_EACH];
          for (int i = 0; i < each.length; i++) {
            String session = sessions[i * plan.connections() + index];
            String end = "\",\"session_id\":\"" + session + "\"}";
            each[i] = Template.of(index, "{\"type\":\"session\",\"id\":\"", end);
          }
          yield each;
        }
      };
    }

    void ask(long due) {
      send(templates[sent % templates.length], due);
    }

    @Override
    public void opened(Wire opened) {
      if (kind == Kind.ECHO) {
        ready();
      }
    }

    @Override
    void frame(int letter, ByteBuf in, int at, int length) {
      int mark = Mark.find(in, at, length);
      if (mark < 0) {
        ready(); // the first session frame
        return;
      }
      long due = Mark.due(in, mark);
      lane.latencies.arrived(due);
      lane.counts.received.increment();
      if (Mark.sender(in, mark) == index) {
        sequence.arrived(Mark.number(in, mark));
      } else {
        lane.counts.misdirected.increment();
      }
      again();
    }

    @Override
    void refused() {
      again();
    }

    private void again() {
      if (plan.inFlight() > 0 && !stop) {
        ask(System.nanoTime());
      }
    }
  }
}
