package io.trunkline.cli.load;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;

/** One connection publishes to a channel, all others are subscribed to it. */
final class FanOutLoad extends Load {
  private final String channel;
  private final List<List<Subscriber>> subscribers = new ArrayList<>();
  private volatile Publisher publisher;
  private String[] sessions;

  FanOutLoad(Plan plan, String name) {
    super(plan, name);
    this.channel = (plan.durable() ? "" : "live.") + name;
    for (int i = 0; i < plan.lanes(); i++) {
      subscribers.add(new ArrayList<>());
    }
  }

  /** The publisher is one more. */
  @Override
  int connections() {
    return plan.connections() + 1;
  }

  @Override
  void prepare(Accounts accounts, List<Lane> lanes) {
    sessions = accounts.create(connections(), i -> name + "-" + i, Run.ttl(plan));
  }

  @Override
  void open(int index, Lane lane) {
    if (index == 0) {
      publisher = new Publisher(lane);
      publisher.connect("/ws", sessions[0]);
    } else {
      Subscriber subscriber = new Subscriber(lane, index);
      subscribers.get(laneOf(index)).add(subscriber);
      subscriber.connect("/ws", sessions[index]);
    }
  }

  @Override
  int firingLanes() {
    return 1;
  }

  @Override
  void fire(int number, long due, Lane lane) {
    publisher.send(publisher.template, due);
  }

  @Override
  boolean isSettled(Counts counts) {
    return counts.received.sum() >= (counts.sent.sum() - counts.refused.sum()) * plan.connections();
  }

  @Override
  Verdict verdict(Counts counts) {
    long lost = 0;
    long repeated = 0;
    long reordered = 0;
    for (List<Subscriber> lane : subscribers) {
      for (Subscriber subscriber : lane) {
        lost += subscriber.sequence.lost(publisher.sent, publisher.refused);
        repeated += subscriber.sequence.repeated();
        reordered += subscriber.sequence.reordered(publisher.refused);
      }
    }
    return new Verdict(
        lost, repeated, reordered, counts.misdirected.sum(), counts.refused.sum(), !plan.durable());
  }

  @Override
  void close() {
    closeAll(List.of(publisher));
    subscribers.forEach(Load::closeAll);
  }

  private final class Publisher extends Member {
    final Template template =
        plan.durable()
            ? Template.of(
                0,
                "{\"type\":\"publish\",\"id\":\"",
                "\",\"channel\":\"" + channel + "\",\"message\":\"",
                Template.filler(plan.size()) + "\"}")
            : Template.of(
                0,
                "{\"type\":\"publish\",\"channel\":\"" + channel + "\",\"message\":\"",
                Template.filler(plan.size()) + "\"}");

    Publisher(Lane lane) {
      super(FanOutLoad.this, lane, 0);
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
      }
    }
  }

  private final class Subscriber extends Member {
    private final Sequence sequence = new Sequence();

    Subscriber(Lane lane, int index) {
      super(FanOutLoad.this, lane, index);
    }

    @Override
    void frame(int letter, ByteBuf in, int at, int length) {
      if (letter == 'm') {
        int mark = Mark.find(in, at, length);
        if (mark >= 0) {
          lane.latencies.arrived(Mark.due(in, mark));
          lane.counts.received.increment();
          sequence.arrived(Mark.number(in, mark));
        }
      } else if (letter == 's' && in.getByte(at + 10) == 'u') {
        ready();
      } else if (letter == 's') {
        wire.send("{\"type\":\"subscribe\",\"channel\":\"" + channel + "\"}");
      }
    }
  }
}
