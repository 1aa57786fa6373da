package io.trunkline.cli.load;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;

/** Connections with sessions that say nothing but pong, and may follow channels of their own. */
final class IdleLoad extends Load {
  private final List<List<Idler>> idlers = new ArrayList<>();
  private String[] sessions;

  IdleLoad(Plan plan, String name) {
    super(plan, name);
    for (int i = 0; i < plan.lanes(); i++) {
      idlers.add(new ArrayList<>());
    }
  }

  @Override
  void prepare(Accounts accounts, List<Lane> lanes) {
    sessions = accounts.create(connections(), i -> name + "-" + i, Run.ttl(plan));
  }

  @Override
  void open(int index, Lane lane) {
    Idler idler = new Idler(lane, index);
    idlers.get(laneOf(index)).add(idler);
    idler.connect("/ws", sessions[index]);
  }

  @Override
  int firingLanes() {
    return 0;
  }

  @Override
  void fire(int number, long due, Lane lane) {
    throw new UnsupportedOperationException();
  }

  @Override
  boolean isSettled(Counts counts) {
    return true;
  }

  @Override
  Verdict verdict(Counts counts) {
    return new Verdict(0, 0, 0, 0, counts.refused.sum(), false);
  }

  @Override
  void close() {
    idlers.forEach(Load::closeAll);
  }

  private final class Idler extends Member {
    private int followed;

    Idler(Lane lane, int index) {
      super(IdleLoad.this, lane, index);
    }

    @Override
    void frame(int letter, ByteBuf in, int at, int length) {
      if (letter != 's') {
        return;
      }
      if (followed == plan.channels()) {
        ready();
      } else {
        wire.send("{\"type\":\"subscribe\",\"channel\":\"" + channel(followed++) + "\"}");
      }
    }

    private String channel(int number) {
      return "live." + name + "." + index + "." + number;
    }
  }
}
