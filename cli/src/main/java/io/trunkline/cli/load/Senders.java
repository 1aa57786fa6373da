package io.trunkline.cli.load;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The members of each lane that send when something is due, each in its turn. */
final class Senders<M extends Member> {
  private final List<List<M>> lanes = new ArrayList<>();
  private final int[] turns;

  Senders(int laneCount) {
    for (int i = 0; i < laneCount; i++) {
      lanes.add(new ArrayList<>());
    }
    turns = new int[laneCount];
  }

  /** On that lane. */
  void add(int lane, M member) {
    lanes.get(lane).add(member);
  }

  /** Whose turn it is; null where the lane has none. On that lane. */
  M next(int lane) {
    List<M> members = lanes.get(lane);
    return members.isEmpty() ? null : members.get(turns[lane]++ % members.size());
  }

  /** Lets each send as many as may be without an answer, on its own lane; any thread. */
  void start(List<Lane> lanes, int inFlight, Consumer<M> send) {
    for (int i = 0; i < lanes.size(); i++) {
      List<M> members = of(i);
      Lane lane = lanes.get(i);
      lane.loop.execute(
          () -> {
            for (M member : members) {
              for (int k = 0; k < inFlight; k++) {
                send.accept(member);
              }
            }
            lane.flush();
          });
    }
  }

  /** Once the lanes rest, or on that lane. */
  List<M> of(int lane) {
    return lanes.get(lane);
  }

  /** Once the lanes rest. */
  List<M> all() {
    return lanes.stream().flatMap(List::stream).toList();
  }
}
